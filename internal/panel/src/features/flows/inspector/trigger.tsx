import { Trash2 } from "lucide-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Checkbox, Field, Input, Select } from "@/ui/field";
import { useBuilder } from "../builder/context";
import { CodeField } from "../code/code-field";
import { MATCHES, TRIGGERS, type Trigger, type TriggerType } from "../model/types";
import { EVENTS } from "../trigger-words";
import { WeekButton } from "./kinds-text";

type Props = { trigger: Trigger; place: string; onChange: (trigger: Trigger) => void; onRemove: () => void };

/** A trigger of another type keeps what every type has and begins with what its own needs. */
function ofType(trigger: Trigger, type: TriggerType): Trigger {
  const { id, priority, channels, interrupt } = trigger;
  const base = { id, type, priority, channels, interrupt };
  switch (type) {
    case "keyword":
      return { ...base, match: "contains", words: [] };
    case "hours":
      return { ...base, when: "closed" };
    case "event":
      return { ...base, event: EVENTS[0] };
    default:
      return base;
  }
}

/** One way in which the flow starts. */
export function TriggerEditor({ trigger, place, onChange, onRemove }: Props) {
  const { t } = useTranslation("flows");
  const { bot, mayEdit, problems } = useBuilder();
  const at = (key: string) => problems.at(undefined, `${place}.${key}`);
  const error = (key: string) => at(key)[0]?.message;
  const set = (part: Partial<Trigger>) => onChange({ ...trigger, ...part });
  return (
    <fieldset disabled={!mayEdit} className="grid min-w-0 gap-3 rounded-md border bg-bg p-2.5">
      <legend className="sr-only">{t(`trigger.type.${trigger.type}`)}</legend>
      <div className="flex items-end gap-1">
        <Field label={t("trigger.when")} error={error("type")} className="min-w-0 flex-1">
          <Select value={trigger.type} onChange={(e) => onChange(ofType(trigger, e.target.value as TriggerType))}>
            {TRIGGERS.map((type) => (
              <option key={type} value={type}>
                {t(`trigger.type.${type}`)}
              </option>
            ))}
          </Select>
        </Field>
        {mayEdit && (
          <Button variant="ghost" size="icon" aria-label={t("trigger.remove")} onClick={onRemove}>
            <Trash2 />
          </Button>
        )}
      </div>
      {trigger.type === "keyword" && <Keyword trigger={trigger} set={set} error={error} />}
      {trigger.type === "ref" && (
        <Field label={t("trigger.ref")} hint={t("trigger.refHint")} error={error("ref")}>
          <Input
            maxLength={120}
            value={trigger.ref ?? ""}
            onChange={(e) => set({ ref: e.target.value || undefined })}
          />
        </Field>
      )}
      {trigger.type === "event" && <Happening trigger={trigger} set={set} error={error} problems={at("if")} />}
      {trigger.type === "schedule" && (
        <>
          <div className="grid gap-1.5">
            <span className="font-medium">{t("trigger.week")}</span>
            <WeekButton
              label={t("trigger.week")}
              value={trigger.week}
              onChange={(week) => set({ week })}
              disabled={!mayEdit}
            />
            <p className={`text-xs ${error("week") ? "text-danger" : "text-muted"}`}>
              {error("week") ?? t("trigger.weekHint")}
            </p>
          </div>
          <Field label={t("trigger.tag")} error={error("tag")}>
            <Input
              maxLength={60}
              value={trigger.tag ?? ""}
              onChange={(e) => set({ tag: e.target.value || undefined })}
            />
          </Field>
        </>
      )}
      {trigger.type === "hours" ? (
        <Field label={t("trigger.hours")} error={error("when")}>
          <Select value={trigger.when ?? "closed"} onChange={(e) => set({ when: e.target.value as "open" })}>
            <option value="closed">{t("trigger.only.closed")}</option>
            <option value="open">{t("trigger.only.open")}</option>
          </Select>
        </Field>
      ) : (
        trigger.type !== "schedule" &&
        trigger.type !== "api" && (
          <Field label={t("trigger.hours")} error={error("when")}>
            <Select
              value={trigger.when ?? "always"}
              onChange={(e) => set({ when: e.target.value === "always" ? undefined : (e.target.value as "open") })}
            >
              <option value="always">{t("trigger.only.always")}</option>
              <option value="open">{t("trigger.only.open")}</option>
              <option value="closed">{t("trigger.only.closed")}</option>
            </Select>
          </Field>
        )
      )}
      <More trigger={trigger} set={set} channels={bot.channels} error={error} />
    </fieldset>
  );
}

type PartProps = {
  trigger: Trigger;
  set: (part: Partial<Trigger>) => void;
  error: (key: string) => string | undefined;
};

function Keyword({ trigger, set, error }: PartProps) {
  const { t } = useTranslation("flows");
  const match = trigger.match ?? "contains";
  return (
    <>
      <Field label={t("trigger.match")} error={error("match")}>
        <Select value={match} onChange={(e) => set({ match: e.target.value as Trigger["match"] })}>
          {MATCHES.map((one) => (
            <option key={one} value={one}>
              {t(`match.${one}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Chips
        label={t("trigger.words")}
        hint={t(match === "regex" ? "trigger.wordsRegex" : "trigger.wordsHint")}
        value={trigger.words ?? []}
        onChange={(words) => set({ words })}
        error={error("words")}
        comma={match !== "regex"}
      />
    </>
  );
}

function Happening({
  trigger,
  set,
  error,
  problems,
}: PartProps & { problems: Parameters<typeof CodeField>[0]["problems"] }) {
  const { t } = useTranslation("flows");
  const id = useId();
  return (
    <>
      <Field label={t("trigger.event")} hint={t("trigger.eventHint")} error={error("event")}>
        <Input
          list={id}
          maxLength={60}
          value={trigger.event ?? ""}
          onChange={(e) => set({ event: e.target.value || undefined })}
        />
      </Field>
      <datalist id={id}>
        {EVENTS.map((event) => (
          <option key={event} value={event}>
            {t(`event.${event.replace(".", "_")}` as "event.cart_abandoned")}
          </option>
        ))}
      </datalist>
      <CodeField
        mode="expression"
        label={t("trigger.if")}
        hint={t("trigger.ifHint")}
        value={trigger.if ?? ""}
        onChange={(source) => set({ if: source || undefined })}
        problems={problems}
      />
    </>
  );
}

function More({ trigger, set, channels, error }: PartProps & { channels: readonly { id: string; name: string }[] }) {
  const { t } = useTranslation("flows");
  const chosen = trigger.channels ?? [];
  return (
    <details>
      <summary className="font-medium text-muted text-xs">{t("trigger.more")}</summary>
      <div className="grid gap-3 pt-3">
        {channels.length > 0 && (
          <fieldset className="grid gap-1.5">
            <legend className="mb-1.5 font-medium">{t("trigger.channels")}</legend>
            {channels.map((c) => (
              <Checkbox
                key={c.id}
                label={c.name}
                checked={chosen.includes(c.id)}
                onChange={(e) => {
                  const next = e.target.checked ? [...chosen, c.id] : chosen.filter((id) => id !== c.id);
                  set({ channels: next.length > 0 ? next : undefined });
                }}
              />
            ))}
            <p className="text-muted text-xs">{t("trigger.channelsHint")}</p>
          </fieldset>
        )}
        <Field label={t("trigger.priority")} hint={t("trigger.priorityHint")} error={error("priority")}>
          <Input
            type="number"
            min={-1000}
            max={1000}
            value={trigger.priority ?? 0}
            onChange={(e) => set({ priority: Math.round(e.target.valueAsNumber || 0) || undefined })}
          />
        </Field>
        <Checkbox
          label={t("trigger.interrupt")}
          hint={t("trigger.interruptHint")}
          checked={trigger.interrupt ?? false}
          onChange={(e) => set({ interrupt: e.target.checked || undefined })}
        />
      </div>
    </details>
  );
}

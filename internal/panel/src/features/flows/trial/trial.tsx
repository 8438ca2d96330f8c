import { useQuery } from "@tanstack/react-query";
import { FastForward, FlaskConical, Play, RotateCcw, Send, Settings2, Zap } from "lucide-react";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { channelsQuery, useAllowed, useMe } from "@/lib/api/queries";
import { useFormat } from "@/lib/format";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";
import { Empty } from "@/ui/states";
import { useBuilder, useRead } from "../builder/context";
import { ProblemList } from "../builder/problem-list";
import { Result } from "./result";
import { TurnView } from "./turn";
import { type Setting, useTrial } from "./use-trial";
import { marksOf } from "./way";

/** A conversation with the draft as it stands, as a pretend customer: nothing is stored or sent. */
export default function Trial({ shown }: { shown: boolean }) {
  const { t } = useTranslation("flows");
  const { flow, editing, mark, problems } = useBuilder();
  const { user } = useMe();
  const read = useRead();
  const format = useFormat();
  const channels = useChannels();
  const [setting, setSetting] = useState<Setting>({
    channel: undefined,
    customer: { name: t("try.someone"), language: editing.def.language || user.language, tags: [], fields: {} },
  });
  const [text, setText] = useState("");
  const trial = useTrial(flow.id, editing.def, { ...setting, channel: setting.channel ?? channels[0]?.kind });
  const { turns, wait, last, busy } = trial;
  const end = useRef<HTMLDivElement>(null);
  const visits = useMemo(() => turns.flatMap((turn) => turn.tried?.path ?? []), [turns]);

  useEffect(() => {
    mark(
      shown && visits.length > 0 ? marksOf(visits, last?.ended ? undefined : last?.session?.node, flow.id) : undefined,
    );
  }, [mark, shown, visits, last, flow.id]);
  useEffect(() => () => mark(undefined), [mark]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs after each change of the turns
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "nearest" });
  }, [turns]);

  const submit = (e: FormEvent) => {
    e.preventDefault();
    const said = text.trim();
    if (!said || busy) return;
    setText("");
    void trial.say({ type: "text", text: said });
  };
  return (
    <div className="flex h-full flex-col">
      <Who setting={setting} onChange={setSetting} locked={turns.length > 0} />
      <div role="log" aria-label={t("try.log")} className="thin-scroll min-h-0 flex-1 overflow-auto p-4">
        {turns.length === 0 && problems.all.length > 0 && (
          <div className="grid gap-2">
            <p>{t("try.broken")}</p>
            <ProblemList list={problems.all} tone="danger" />
          </div>
        )}
        {turns.length === 0 && problems.all.length === 0 && (
          <Empty
            icon={<FlaskConical />}
            title={t("try.empty")}
            body={t("try.emptyBody")}
            action={
              <Button variant="primary" onClick={() => void trial.start()}>
                <Play aria-hidden />
                {t("try.start")}
              </Button>
            }
          />
        )}
        <div className="grid gap-4">
          {turns.map((turn) => (
            <TurnView key={turn.id} turn={turn} onSay={(content) => void trial.say(content)} disabled={busy} />
          ))}
        </div>
        <div ref={end} />
      </div>
      {turns.length > 0 && (
        <footer className="grid gap-2 border-t p-3">
          {trial.now && <p className="text-muted text-xs">{t("try.clock", { at: format.moment(trial.now) })}</p>}
          {wait && (
            <div className="flex flex-wrap items-center gap-2">
              {wait.until && (
                <Button size="sm" disabled={busy} onClick={trial.jump}>
                  <FastForward aria-hidden />
                  {t("try.jump", { at: format.moment(wait.until) })}
                </Button>
              )}
              {wait.for === "event" && wait.event && (
                <Button size="sm" disabled={busy} onClick={() => void trial.happen(wait.event as string, {})}>
                  <Zap aria-hidden />
                  {t("try.happen", { event: wait.event })}
                </Button>
              )}
            </div>
          )}
          <form onSubmit={submit} className="flex items-center gap-2">
            <Button variant="ghost" size="icon" aria-label={t("try.restart")} onClick={trial.restart}>
              <RotateCcw />
            </Button>
            <Input
              value={text}
              disabled={!!last?.ended || !!last?.fault}
              onChange={(e) => setText(e.target.value)}
              aria-label={t("try.write")}
              placeholder={last?.ended ? t("try.over") : t("try.write")}
            />
            <Button
              type="submit"
              variant="primary"
              size="icon"
              aria-label={t("try.send")}
              disabled={!text.trim() || busy}
            >
              <Send />
            </Button>
          </form>
          {last && <Result turns={turns} read={read} />}
        </footer>
      )}
    </div>
  );
}

/** The bot's channels, the first of each kind: a trial is fitted to what a kind can carry. */
function useChannels() {
  const { bot } = useBuilder();
  const { data } = useQuery({ ...channelsQuery, enabled: useAllowed("channels") });
  const own = data?.filter((c) => bot.channels.some((one) => one.id === c.id)) ?? [];
  return own.filter((c, i) => own.findIndex((one) => one.kind === c.kind) === i);
}

type WhoProps = { setting: Setting; onChange: (setting: Setting) => void; locked: boolean };

/** Who pretends to write, and where. */
function Who({ setting, onChange, locked }: WhoProps) {
  const { t } = useTranslation(["flows", "common"]);
  const channels = useChannels();
  const { customer } = setting;
  const change = (part: Partial<Setting["customer"]>) => onChange({ ...setting, customer: { ...customer, ...part } });
  const channel = (channels.find((c) => c.kind === setting.channel) ?? channels[0])?.name;
  return (
    <details className="border-b">
      <summary className="flex min-h-10 list-none items-center gap-2 px-4 py-2 text-muted text-xs">
        <Settings2 aria-hidden className="size-4" />
        <span className="min-w-0 flex-1 truncate">
          {[customer.name, channel, t(`common:language.${customer.language as "es"}`)].filter(Boolean).join(" · ")}
        </span>
      </summary>
      <fieldset disabled={locked} className="grid grid-cols-2 gap-3 px-4 pb-4">
        <legend className="sr-only">{t("try.who")}</legend>
        {locked && <p className="col-span-2 text-muted text-xs">{t("try.locked")}</p>}
        <Field label={t("try.channel")}>
          <Select
            value={setting.channel ?? channels[0]?.kind ?? ""}
            onChange={(e) => onChange({ ...setting, channel: e.target.value || undefined })}
          >
            {channels.length === 0 && <option value="">{t("try.noChannel")}</option>}
            {channels.map((c) => (
              <option key={c.id} value={c.kind}>
                {c.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("try.language")}>
          <Select value={customer.language} onChange={(e) => change({ language: e.target.value })}>
            <option value="es">{t("common:language.es")}</option>
            <option value="en">{t("common:language.en")}</option>
          </Select>
        </Field>
        <Field label={t("try.name")}>
          <Input value={customer.name} onChange={(e) => change({ name: e.target.value })} />
        </Field>
        <Field label={t("try.tags")} hint={t("try.tagsHint")}>
          <Input
            defaultValue={customer.tags.join(", ")}
            onChange={(e) =>
              change({
                tags: e.target.value
                  .split(",")
                  .map((tag) => tag.trim())
                  .filter(Boolean),
              })
            }
          />
        </Field>
      </fieldset>
    </details>
  );
}

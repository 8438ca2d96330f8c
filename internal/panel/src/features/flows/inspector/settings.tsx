import { Plus, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";
import { useBuilder, useRead } from "../builder/context";
import { freshId, setGoals, setTriggers } from "../model/edits";
import { placeOf } from "../model/places";
import { GOALS, type Goal, type Trigger, type Variable } from "../model/types";
import { MinutesKind } from "./kinds-plain";
import { NewVariable } from "./kinds-refs";
import { TriggerEditor } from "./trigger";

/** What concerns the flow as a whole: when it starts, in what language, what it keeps and what it is for. */
export function FlowSettings() {
  const { t } = useTranslation(["flows", "common"]);
  const { editing, edit, problems, mayEdit, writing, write } = useBuilder();
  const { def } = editing;
  const at = (path: string) => problems.at(undefined, path);
  const known = ["triggers", "variables", "goals", "idle_minutes", "language"];
  const whole = problems.all.filter((p) => {
    const place = placeOf(p.location);
    return !p.node && !place.node && !known.some((key) => place.path.startsWith(key));
  });
  return (
    <div className="grid min-w-0 gap-6 p-4">
      {whole.map((p, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may be wrong twice
        <p key={i} className="rounded-md border border-danger/40 bg-danger/5 px-3 py-2 text-danger text-xs">
          {p.message}
        </p>
      ))}
      <Triggers />
      <Part title={t("settings.title")}>
        <Field label={t("settings.language")} hint={t("settings.languageHint")} error={at("language")[0]?.message}>
          <Select
            value={def.language}
            disabled={!mayEdit}
            onChange={(e) => {
              const language = e.target.value as "es" | "en";
              if (writing === def.language) write(language);
              edit((now) => ({ ...now, language }));
            }}
          >
            <option value="es">{t("common:language.es")}</option>
            <option value="en">{t("common:language.en")}</option>
          </Select>
        </Field>
        <MinutesKind
          field={{ key: "idle_minutes", kind: "minutes", label: { es: "", en: "" } }}
          label={t("settings.idle")}
          hint={t("settings.idleHint")}
          value={def.idle_minutes}
          onChange={(minutes) =>
            edit((now) => ({ ...now, idle_minutes: minutes as number | undefined }), { tag: "idle" })
          }
          path="idle_minutes"
          around={[]}
          problems={at("idle_minutes")}
          error={at("idle_minutes")[0]?.message}
          at={at}
          disabled={!mayEdit}
        />
      </Part>
      <Goals />
      <Variables />
    </div>
  );
}

function Part({
  title,
  lead,
  action,
  children,
}: {
  title: string;
  lead?: string;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="grid min-w-0 gap-3">
      <header className="grid gap-0.5">
        <h2 className="font-semibold text-base">{title}</h2>
        {lead && <p className="text-muted text-xs">{lead}</p>}
      </header>
      {children}
      {action}
    </section>
  );
}

function Triggers() {
  const { t } = useTranslation("flows");
  const { editing, edit, mayEdit } = useBuilder();
  const { triggers } = editing.def;
  const set = (next: Trigger[], tag?: string) => edit((now) => setTriggers(now, next), { tag });
  const add = () => {
    const id = freshId(
      "t",
      triggers.map((one) => one.id),
    );
    set([...triggers, { id, type: "keyword", match: "contains", words: [] }]);
  };
  return (
    <Part
      title={t("start.title")}
      lead={t("start.lead")}
      action={
        mayEdit && (
          <Button size="sm" className="justify-self-start" onClick={add}>
            <Plus aria-hidden />
            {t("start.add")}
          </Button>
        )
      }
    >
      {triggers.map((one, i) => (
        <TriggerEditor
          key={one.id}
          trigger={one}
          place={`triggers[${i}]`}
          onChange={(next) =>
            set(
              triggers.map((old) => (old.id === one.id ? next : old)),
              `trigger.${one.id}`,
            )
          }
          onRemove={() => set(triggers.filter((old) => old.id !== one.id))}
        />
      ))}
    </Part>
  );
}

function Goals() {
  const { t } = useTranslation("flows");
  const { editing, edit, mayEdit, problems } = useBuilder();
  const read = useRead();
  const goals = editing.def.goals ?? [];
  const set = (next: Goal[]) => edit((now) => setGoals(now, next), { tag: "goals" });
  const change = (i: number, goal: Goal) => set(goals.map((old, n) => (n === i ? goal : old)));
  return (
    <Part
      title={t("goal.title")}
      lead={t("goal.lead")}
      action={
        mayEdit && (
          <Button size="sm" className="justify-self-start" onClick={() => set([...goals, { type: "order" }])}>
            <Plus aria-hidden />
            {t("goal.add")}
          </Button>
        )
      }
    >
      {goals.map((goal, i) => {
        const error = problems.under(undefined, `goals[${i}]`)[0]?.message;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: goals have no id
          <div key={i} className="grid gap-2 rounded-md border bg-bg p-2.5">
            <div className="flex items-end gap-1">
              <Field
                label={t("goal.type")}
                className="min-w-0 flex-1"
                error={goal.type === "order" || goal.type === "handoff" ? error : undefined}
              >
                <Select
                  value={goal.type}
                  disabled={!mayEdit}
                  onChange={(e) => change(i, { type: e.target.value as Goal["type"] })}
                >
                  {GOALS.map((type) => (
                    <option key={type} value={type}>
                      {t(`goal.${type}`)}
                    </option>
                  ))}
                </Select>
              </Field>
              {mayEdit && (
                <Button
                  variant="ghost"
                  size="icon"
                  aria-label={t("goal.remove", { n: i + 1 })}
                  onClick={() => set(goals.filter((_, n) => n !== i))}
                >
                  <Trash2 />
                </Button>
              )}
            </div>
            {goal.type === "tag" && (
              <Field label={t("goal.tagName")} error={error}>
                <Input
                  value={goal.ref ?? ""}
                  disabled={!mayEdit}
                  onChange={(e) => change(i, { ...goal, ref: e.target.value || undefined })}
                />
              </Field>
            )}
            {goal.type === "node" && (
              <Field label={t("goal.nodeName")} error={error}>
                <Select
                  value={goal.ref ?? ""}
                  disabled={!mayEdit}
                  onChange={(e) => change(i, { ...goal, ref: e.target.value || undefined })}
                >
                  <option value="">{t("choose")}</option>
                  {editing.def.nodes.map((n) => (
                    <option key={n.id} value={n.id}>
                      {read.name(n)}
                    </option>
                  ))}
                </Select>
              </Field>
            )}
          </div>
        );
      })}
    </Part>
  );
}

function Variables() {
  const { t } = useTranslation("flows");
  const { editing, mayEdit } = useBuilder();
  const [making, setMaking] = useState(false);
  const { variables } = editing.def;
  return (
    <Part
      title={t("variable.title")}
      lead={t("variable.lead")}
      action={
        making ? (
          <NewVariable onClose={() => setMaking(false)} />
        ) : (
          mayEdit && (
            <Button size="sm" className="justify-self-start" onClick={() => setMaking(true)}>
              <Plus aria-hidden />
              {t("variable.make")}
            </Button>
          )
        )
      }
    >
      {variables.length > 0 && (
        <ul className="grid gap-2">
          {variables.map((v, i) => (
            <VariableLine key={v.name} variable={v} i={i} />
          ))}
        </ul>
      )}
    </Part>
  );
}

/** A variable with the blocks that read and write it; one in use cannot be taken away. */
function VariableLine({ variable: v, i }: { variable: Variable; i: number }) {
  const { t } = useTranslation(["flows", "common"]);
  const { editing, edit, checked, show, mayEdit, problems } = useBuilder();
  const read = useRead();
  const uses = (checked?.uses[v.name] ?? []).filter((use) => editing.def.nodes.some((n) => n.id === use.node));
  const nodes = [...new Map(uses.map((use) => [use.node, use])).values()];
  const error = problems.under(undefined, `variables[${i}]`)[0]?.message;
  const describe = (about: string) =>
    edit(
      (now) => ({
        ...now,
        variables: now.variables.map((old) => (old.name === v.name ? { ...old, about: about || undefined } : old)),
      }),
      { tag: `variable.${v.name}` },
    );
  return (
    <li className="grid gap-2 rounded-md border bg-bg p-2.5">
      <div className="flex items-center gap-2">
        <span className="min-w-0 truncate font-medium">{v.name}</span>
        <span className="text-muted text-xs">{t(`type.${v.type}`)}</span>
        {mayEdit && (
          <Button
            variant="ghost"
            size="icon-sm"
            className="ml-auto"
            disabled={nodes.length > 0}
            aria-label={t("variable.remove", { name: v.name })}
            onClick={() => edit((now) => ({ ...now, variables: now.variables.filter((old) => old.name !== v.name) }))}
          >
            <Trash2 />
          </Button>
        )}
      </div>
      <Input
        aria-label={t("variable.about", { name: v.name })}
        placeholder={t("variable.aboutHint")}
        maxLength={300}
        value={v.about ?? ""}
        disabled={!mayEdit}
        onChange={(e) => describe(e.target.value)}
      />
      {error && <p className="text-danger text-xs">{error}</p>}
      {nodes.length === 0 ? (
        <p className="text-muted text-xs">{t("variable.unused")}</p>
      ) : (
        <p className="flex flex-wrap gap-1 text-xs">
          {nodes.map((use) => (
            <button
              key={use.node}
              type="button"
              onClick={() => show(use.node)}
              className="min-h-6 rounded-md bg-sunken px-2 hover:text-accent"
            >
              {t(use.write ? "variable.written" : "variable.read", { name: read.nameOf(use.node) })}
            </button>
          ))}
        </p>
      )}
    </li>
  );
}

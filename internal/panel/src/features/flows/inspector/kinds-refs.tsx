import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { labelsQuery, membersQuery, templatesQuery } from "@/lib/api/queries";
import { placesOf } from "@/lib/template";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";
import { TemplateView } from "@/ui/template-view";
import { flowsQuery, teamsQuery } from "../api";
import { useBuilder, useRead } from "../builder/context";
import { CodeField } from "../code/code-field";
import { addVariable, VARIABLE, variableName } from "../model/edits";
import type { Variable, VariableType } from "../model/types";
import type { FieldProps } from "./field-view";

type Named = { id: string; name: string };

/** One of the things that have a name; what is chosen stays in sight even when it is gone. */
function Ref({ props, items }: { props: FieldProps; items: readonly Named[] | undefined }) {
  const { t } = useTranslation("flows");
  const { field, label, hint, error, value, onChange, disabled } = props;
  const id = typeof value === "string" ? value : "";
  const gone = id && items && !items.some((one) => one.id === id);
  return (
    <Field label={label} hint={hint} error={error}>
      <Select value={id} disabled={disabled} onChange={(e) => onChange(e.target.value || undefined)}>
        <option value="" disabled={field.required && !!id}>
          {t("choose")}
        </option>
        {gone && <option value={id}>{t("gone")}</option>}
        {items?.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

export function LabelKind(props: FieldProps) {
  return <Ref props={props} items={useQuery(labelsQuery).data} />;
}

export function AgentKind(props: FieldProps) {
  return <Ref props={props} items={useQuery(membersQuery).data} />;
}

export function TeamKind(props: FieldProps) {
  return <Ref props={props} items={useQuery(teamsQuery).data} />;
}

export function FlowKind(props: FieldProps) {
  const { bot, flow } = useBuilder();
  const { data } = useQuery(flowsQuery(bot.id));
  return <Ref props={props} items={data?.filter((one) => one.id !== flow.id)} />;
}

export function NodeKind(props: FieldProps) {
  const { editing } = useBuilder();
  const read = useRead();
  const items = editing.def.nodes.map((n) => ({
    id: n.id,
    name: [read.name(n), read.lines(n)[0]].filter(Boolean).join(": "),
  }));
  return <Ref props={props} items={items} />;
}

export function TagKind({ label, hint, error, value, onChange, disabled }: FieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      <Input
        maxLength={60}
        value={typeof value === "string" ? value : ""}
        disabled={disabled}
        onChange={(e) => onChange(e.target.value || undefined)}
      />
    </Field>
  );
}

const TYPES: VariableType[] = ["text", "number", "bool", "date", "list", "any"];
const NEW = " new"; // no variable may be called so

/** One of the flow's variables, or a new one. */
export function VariableKind({ field, label, hint, error, value, onChange, disabled }: FieldProps) {
  const { t } = useTranslation("flows");
  const { editing } = useBuilder();
  const [making, setMaking] = useState(false);
  const name = typeof value === "string" ? value : "";
  const { variables } = editing.def;
  const unknown = name && !variables.some((v) => v.name === name);
  return (
    <div className="grid gap-2">
      <Field label={label} hint={hint} error={error}>
        <Select
          value={name}
          disabled={disabled}
          onChange={(e) => (e.target.value === NEW ? setMaking(true) : onChange(e.target.value || undefined))}
        >
          <option value="" disabled={field.required && !!name}>
            {t("choose")}
          </option>
          {unknown && <option value={name}>{t("variable.unknown", { name })}</option>}
          {variables.map((v) => (
            <option key={v.name} value={v.name}>
              {v.name} ({t(`type.${v.type}`)})
            </option>
          ))}
          <option value={NEW}>{t("variable.create")}</option>
        </Select>
      </Field>
      {making && (
        <NewVariable
          onClose={() => setMaking(false)}
          onMade={(v) => {
            setMaking(false);
            onChange(v.name);
          }}
        />
      )}
    </div>
  );
}

/** Declares a variable: a name as people say it, made into one that expressions can use. */
export function NewVariable({ onMade, onClose }: { onMade?: (v: Variable) => void; onClose: () => void }) {
  const { t } = useTranslation(["flows", "common"]);
  const { editing, edit } = useBuilder();
  const id = useId();
  const [text, setText] = useState("");
  const [type, setType] = useState<VariableType>("text");
  const name = variableName(text);
  const taken = editing.def.variables.some((v) => v.name === name);
  const make = () => {
    if (!VARIABLE.test(name) || taken) return;
    edit((def) => addVariable(def, { name, type }));
    onMade?.({ name, type });
    onClose();
  };
  return (
    <fieldset className="grid gap-2 rounded-md border bg-bg p-2.5" aria-labelledby={id}>
      <p id={id} className="font-medium">
        {t("variable.new")}
      </p>
      <Field
        label={t("variable.name")}
        error={taken ? t("variable.taken") : undefined}
        hint={name ? t("variable.as", { name: `vars.${name}` }) : undefined}
      >
        <Input
          autoFocus
          value={text}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter") {
              e.preventDefault();
              make();
            }
          }}
        />
      </Field>
      <Field label={t("variable.type")}>
        <Select value={type} onChange={(e) => setType(e.target.value as VariableType)}>
          {TYPES.map((one) => (
            <option key={one} value={one}>
              {t(`type.${one}`)}
            </option>
          ))}
        </Select>
      </Field>
      <div className="flex justify-end gap-2">
        <Button size="sm" onClick={onClose}>
          {t("common:cancel")}
        </Button>
        <Button size="sm" disabled={!VARIABLE.test(name) || taken} onClick={make}>
          <Plus aria-hidden />
          {t("variable.make")}
        </Button>
      </div>
    </fieldset>
  );
}

type WaTemplate = { name: string; language: string; params?: string[] };

/** An approved WhatsApp template, with an expression or text for each of its places. */
export function TemplateKind({ label, hint, error, value, onChange, path, at, disabled }: FieldProps) {
  const { t } = useTranslation("flows");
  const { data } = useQuery(templatesQuery());
  const chosen = value as WaTemplate | undefined;
  const approved = data?.filter((one) => one.status === "approved") ?? [];
  const key = (one: { name: string; language: string }) => `${one.name} ${one.language}`;
  const distinct = approved.filter((one, i) => approved.findIndex((o) => key(o) === key(one)) === i);
  const template = chosen && distinct.find((one) => key(one) === key(chosen));
  const params = chosen?.params ?? [];
  return (
    <div className="grid gap-3">
      <Field
        label={label}
        hint={hint ?? (data && distinct.length === 0 ? t("template.none") : undefined)}
        error={error}
      >
        <Select
          value={chosen ? key(chosen) : ""}
          disabled={disabled}
          onChange={(e) => {
            const next = distinct.find((one) => key(one) === e.target.value);
            onChange(
              next && {
                name: next.name,
                language: next.language,
                params: Array(placesOf(next.body)).fill("") as string[],
              },
            );
          }}
        >
          <option value="">{t("choose")}</option>
          {chosen && !template && <option value={key(chosen)}>{key(chosen)}</option>}
          {distinct.map((one) => (
            <option key={key(one)} value={key(one)}>
              {key(one)}
            </option>
          ))}
        </Select>
      </Field>
      {params.map((param, i) => (
        <CodeField
          // biome-ignore lint/suspicious/noArrayIndexKey: a place is its number
          key={i}
          mode="template"
          label={t("template.place", { n: i + 1 })}
          placeholder={template?.samples?.[i]}
          value={param}
          onChange={(text) => onChange({ ...chosen, params: params.map((old, n) => (n === i ? text : old)) })}
          problems={at(`${path}.params[${i}]`)}
        />
      ))}
      {template && <TemplateView template={template} values={params} />}
    </div>
  );
}

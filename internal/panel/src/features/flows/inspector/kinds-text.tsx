import { Clock, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Hours } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/field";
import { HoursEditor, officeHours } from "@/ui/hours";
import { useBuilder } from "../builder/context";
import { CodeField } from "../code/code-field";
import { inLanguage } from "../model/exits";
import type { FlowProblem, Texts } from "../model/types";
import type { FieldProps } from "./field-view";

type LineProps = {
  label: string;
  hint?: string;
  value: Texts | undefined;
  onChange: (value: Texts | undefined) => void;
  path: string;
  at: (path: string) => readonly FlowProblem[];
  multiline?: boolean;
};

/** A text in the language being written; what another language says shows through where it is missing. */
export function TextLine({ label, hint, value, onChange, path, at, multiline }: LineProps) {
  const { writing } = useBuilder();
  const others = Object.entries(value ?? {}).filter(([lang, text]) => lang !== writing && text);
  return (
    <CodeField
      mode="template"
      label={label}
      tag={writing}
      hint={hint}
      multiline={multiline}
      value={value?.[writing] ?? ""}
      placeholder={others[0]?.[1]}
      problems={[...at(path), ...at(`${path}.${writing}`)]}
      onChange={(text) => {
        const { [writing]: _, ...rest } = value ?? {};
        onChange(text ? { ...rest, [writing]: text } : rest);
      }}
    />
  );
}

export function TextKind({ field, label, hint, value, onChange, path, at }: FieldProps) {
  return (
    <TextLine
      label={label}
      hint={hint}
      multiline={field.multiline}
      value={value as Texts | undefined}
      onChange={(texts) => onChange(texts && (inLanguage(texts, "") || field.required) ? texts : undefined)}
      path={path}
      at={at}
    />
  );
}

export function CodeKind({ field, label, hint, value, onChange, problems }: FieldProps) {
  return (
    <CodeField
      mode={field.kind === "expression" ? "expression" : "template"}
      label={label}
      hint={hint}
      multiline={field.multiline}
      value={typeof value === "string" ? value : ""}
      onChange={(text) => onChange(text || undefined)}
      problems={problems}
    />
  );
}

export function WordsKind({ label, hint, error, value, onChange, disabled }: FieldProps) {
  return (
    <Chips
      label={label}
      hint={hint}
      error={error}
      comma
      value={Array.isArray(value) ? (value as string[]) : []}
      onChange={(words) => onChange(words.length > 0 ? words : undefined)}
      disabled={disabled}
    />
  );
}

/** Hours of its own in a dialog, where a week has room; null is the bot's. */
export function HoursKind({ label, hint, error, value, onChange, disabled }: FieldProps) {
  return (
    <div className="grid gap-1.5">
      <span className="font-medium">{label}</span>
      <WeekButton
        label={label}
        value={value as Hours | null | undefined}
        onChange={(hours) => onChange(hours ?? undefined)}
        disabled={disabled}
        own
      />
      {(error ?? hint) && <p className={`text-xs ${error ? "text-danger" : "text-muted"}`}>{error ?? hint}</p>}
    </div>
  );
}

type WeekProps = {
  label: string;
  value: Hours | null | undefined;
  onChange: (hours: Hours | null) => void;
  disabled: boolean;
  /** It may have none of its own. */
  own?: boolean;
};

export function WeekButton({ label, value, onChange, disabled, own }: WeekProps) {
  const { t } = useTranslation(["flows", "common"]);
  const [open, setOpen] = useState(false);
  const days = Object.values(value?.days ?? {}).filter((spans) => spans.length > 0).length;
  const now = !value
    ? t(own ? "week.bot" : "week.none")
    : value.always
      ? t("common:hours.always")
      : t("week.days", { count: days });
  return (
    <div className="flex items-center gap-2">
      <Button size="sm" disabled={disabled} onClick={() => setOpen(true)}>
        <Clock aria-hidden />
        {now}
      </Button>
      {own && value && !disabled && (
        <Button variant="ghost" size="sm" onClick={() => onChange(null)}>
          {t("week.useBot")}
        </Button>
      )}
      {open && (
        <Dialog open onClose={() => setOpen(false)} title={label}>
          <HoursEditor value={value ?? officeHours()} onChange={onChange} disabled={disabled} />
        </Dialog>
      )}
    </div>
  );
}

/** Names with a template each: headers. A row without a name is kept here until it has one. */
export function MapKind({ label, hint, error, value, onChange, path, at, disabled }: FieldProps) {
  const { t } = useTranslation("flows");
  const [rows, setRows] = useState<[string, string][]>(() => Object.entries((value ?? {}) as Record<string, string>));
  const set = (next: [string, string][]) => {
    setRows(next);
    const named = next.filter(([name]) => name.trim());
    onChange(named.length > 0 ? Object.fromEntries(named) : undefined);
  };
  const change = (i: number, row: [string, string]) => set(rows.map((old, n) => (n === i ? row : old)));
  return (
    <fieldset className="grid min-w-0 gap-2" disabled={disabled}>
      <legend className="mb-1.5 font-medium">{label}</legend>
      {rows.map(([name, text], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row's place is its identity while its name is typed
        <div key={i} className="grid gap-1 rounded-md border p-2">
          <div className="flex gap-1">
            <Input
              value={name}
              aria-label={t("map.name", { n: i + 1 })}
              placeholder={t("map.namePlaceholder")}
              onChange={(e) => change(i, [e.target.value, text])}
            />
            <Button
              variant="ghost"
              size="icon"
              aria-label={t("map.remove", { n: i + 1 })}
              onClick={() => set(rows.filter((_, n) => n !== i))}
            >
              <X />
            </Button>
          </div>
          <CodeField
            mode="template"
            label={t("map.value", { n: i + 1 })}
            value={text}
            onChange={(v) => change(i, [name, v])}
            problems={at(`${path}.${name}`)}
          />
        </div>
      ))}
      {!disabled && (
        <Button size="sm" className="justify-self-start" onClick={() => setRows([...rows, ["", ""]])}>
          <Plus aria-hidden />
          {t("list.item")}
        </Button>
      )}
      {(error ?? hint) && <p className={`text-xs ${error ? "text-danger" : "text-muted"}`}>{error ?? hint}</p>}
    </fieldset>
  );
}

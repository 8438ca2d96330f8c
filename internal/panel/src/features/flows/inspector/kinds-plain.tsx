import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "@/i18n";
import { Button } from "@/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/ui/field";
import { useLang } from "../builder/context";
import { CodeField } from "../code/code-field";
import type { FieldProps } from "./field-view";

const str = (value: unknown) => (typeof value === "string" ? value : "");

export function PlainKind({ field, label, hint, error, value, onChange, disabled }: FieldProps) {
  const Control = field.multiline ? Textarea : Input;
  return (
    <Field label={label} hint={hint} error={error}>
      <Control value={str(value)} disabled={disabled} onChange={(e) => onChange(e.target.value || undefined)} />
    </Field>
  );
}

/** A number as somebody types it: "-" and "1." are on the way to one. */
export function NumberKind({ field, label, hint, error, value, onChange, disabled }: FieldProps) {
  const [typed, setTyped] = useState<string>();
  const kept = typeof value === "number" ? String(value) : "";
  return (
    <Field label={label} hint={hint} error={error}>
      <Input
        type="number"
        step="any"
        min={field.min}
        max={field.max || undefined}
        value={typed ?? kept}
        disabled={disabled}
        onBlur={() => setTyped(undefined)}
        onChange={(e) => {
          setTyped(e.target.value);
          const n = e.target.valueAsNumber;
          onChange(Number.isFinite(n) ? n : undefined);
        }}
      />
    </Field>
  );
}

export function BoolKind({ label, hint, error, value, onChange, disabled }: FieldProps) {
  return (
    <Checkbox
      label={label}
      hint={error ?? hint}
      checked={value === true}
      disabled={disabled}
      onChange={(e) => onChange(e.target.checked || undefined)}
    />
  );
}

export function ChoiceKind({ field, label, hint, error, value, onChange, disabled }: FieldProps) {
  const lang = useLang();
  const options = field.options ?? [];
  return (
    <Field label={label} hint={hint} error={error}>
      <Select value={str(value) || options[0]?.value} disabled={disabled} onChange={(e) => onChange(e.target.value)}>
        {options.map((o) => (
          <option key={o.value} value={o.value}>
            {o.label[lang]}
          </option>
        ))}
      </Select>
    </Field>
  );
}

export function LanguageKind({ field, label, hint, error, value, onChange, disabled }: FieldProps) {
  const { t } = useTranslation(["flows", "common"]);
  return (
    <Field label={label} hint={hint} error={error}>
      <Select value={str(value)} disabled={disabled} onChange={(e) => onChange(e.target.value || undefined)}>
        {(!field.required || !value) && <option value="">{t("choose")}</option>}
        {LANGUAGES.map((one) => (
          <option key={one} value={one}>
            {t(`common:language.${one}`)}
          </option>
        ))}
      </Select>
    </Field>
  );
}

const UNITS = [
  ["days", 1440],
  ["hours", 60],
  ["minutes", 1],
] as const;

/** Minutes as days, hours and minutes. */
export function MinutesKind({ label, hint, error, value, onChange, disabled }: FieldProps) {
  const { t } = useTranslation("flows");
  const total = typeof value === "number" ? value : 0;
  const parts = { days: Math.floor(total / 1440), hours: Math.floor((total % 1440) / 60), minutes: total % 60 };
  const note = error ?? hint;
  return (
    <fieldset className="grid min-w-0 gap-1.5">
      <legend className="mb-1.5 font-medium">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {UNITS.map(([unit, size]) => (
          <span key={unit} className="flex items-center gap-1.5">
            <Input
              type="number"
              min={0}
              className="w-[52px] px-2"
              aria-label={`${label}: ${t(`unit.${unit}`)}`}
              value={parts[unit] || ""}
              placeholder="0"
              disabled={disabled}
              onChange={(e) => {
                const n = Math.max(0, Math.round(e.target.valueAsNumber || 0));
                onChange(total - parts[unit] * size + n * size || undefined);
              }}
            />
            <span aria-hidden className="text-muted">
              {t(`unit.${unit}`)}
            </span>
          </span>
        ))}
      </div>
      {note && <p className={`text-xs ${error ? "text-danger" : "text-muted"}`}>{note}</p>}
    </fieldset>
  );
}

const MOMENT = /^\d{4}-\d{2}-\d{2}T/;
const pad = (n: number) => String(n).padStart(2, "0");

/** An RFC 3339 moment as the browser's field writes it, in this computer's zone. */
function localOf(moment: string): string {
  const d = new Date(moment);
  if (Number.isNaN(+d)) return "";
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}T${pad(d.getHours())}:${pad(d.getMinutes())}`;
}

/** A moment, or an expression that gives one. */
export function DateKind({ label, hint, error, value, onChange, disabled, problems }: FieldProps) {
  const { t } = useTranslation("flows");
  const source = str(value);
  const [fixed, setFixed] = useState(source === "" || MOMENT.test(source));
  return (
    <div className="grid gap-1.5">
      {fixed ? (
        <Field label={label} hint={hint} error={error}>
          <Input
            type="datetime-local"
            value={MOMENT.test(source) ? localOf(source) : ""}
            disabled={disabled}
            onChange={(e) => onChange(e.target.value ? new Date(e.target.value).toISOString() : undefined)}
          />
        </Field>
      ) : (
        <CodeField
          mode="expression"
          label={label}
          hint={hint}
          value={source}
          onChange={(v) => onChange(v || undefined)}
          problems={problems}
        />
      )}
      {!disabled && (
        <Button
          variant="ghost"
          size="sm"
          className="justify-self-start"
          onClick={() => {
            setFixed(!fixed);
            onChange(undefined);
          }}
        >
          {t(fixed ? "date.compute" : "date.fixed")}
        </Button>
      )}
    </div>
  );
}

import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Hours, Span } from "@/lib/api/types";
import { Button } from "./button";
import { Checkbox, Input } from "./field";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const usual: Span = { from: "09:00", to: "18:00" };

export const officeHours = (): Hours => ({
  always: false,
  days: Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [usual]])),
});

type Props = { value: Hours; onChange: (hours: Hours) => void; disabled?: boolean };

/** A week's opening hours; several spans a day make the lunch break. */
export function HoursEditor({ value, onChange, disabled }: Props) {
  const { t } = useTranslation();
  const set = (day: string, spans: Span[]) => onChange({ ...value, days: { ...value.days, [day]: spans } });
  return (
    <fieldset disabled={disabled} className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3">
      <legend className="sr-only">{t("hours.legend")}</legend>
      <Checkbox
        label={t("hours.always")}
        checked={value.always}
        onChange={(e) => onChange({ ...value, always: e.target.checked })}
      />
      {!value.always && (
        <div className="divide-y rounded-md border">
          {DAYS.map((day) => (
            <Day key={day} day={day} spans={value.days?.[day] ?? []} onChange={(spans) => set(day, spans)} />
          ))}
        </div>
      )}
    </fieldset>
  );
}

function Day({ day, spans, onChange }: { day: (typeof DAYS)[number]; spans: Span[]; onChange: (s: Span[]) => void }) {
  const { t } = useTranslation();
  const name = t(`hours.day.${day}`);
  const open = spans.length > 0;
  const change = (i: number, part: Partial<Span>) => onChange(spans.map((s, n) => (n === i ? { ...s, ...part } : s)));
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-2 px-3 py-2">
      <Checkbox
        className="w-32 py-2"
        label={name}
        checked={open}
        onChange={(e) => onChange(e.target.checked ? [usual] : [])}
      />
      {!open && <p className="py-2 text-muted">{t("hours.closed")}</p>}
      {open && (
        <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 max-sm:basis-full">
          {spans.map((span, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: spans have no id; their place is their identity
            <div key={i} className="flex items-center gap-2">
              <Input
                type="time"
                className="w-36 min-w-0 max-sm:flex-1"
                aria-label={t("hours.from", { day: name })}
                value={span.from}
                onChange={(e) => change(i, { from: e.target.value })}
              />
              <span aria-hidden className="text-muted">
                –
              </span>
              <Input
                type="time"
                className="w-36 min-w-0 max-sm:flex-1"
                aria-label={t("hours.to", { day: name })}
                aria-invalid={span.to <= span.from || undefined}
                value={span.to}
                onChange={(e) => change(i, { to: e.target.value })}
              />
              {spans.length > 1 && (
                <Button
                  variant="ghost"
                  size="icon"
                  aria-label={t("hours.remove", { day: name })}
                  onClick={() => onChange(spans.filter((_, n) => n !== i))}
                >
                  <X />
                </Button>
              )}
              {i === spans.length - 1 && spans.length < 3 && (
                <Button
                  variant="ghost"
                  size="icon"
                  aria-label={t("hours.add", { day: name })}
                  onClick={() => onChange([...spans, { from: span.to, to: "23:59" }])}
                >
                  <Plus />
                </Button>
              )}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

type OwnProps = { value: Hours | null | undefined; onChange: (hours: Hours | null) => void; disabled?: boolean };

/** Hours of its own, or the company's (null). */
export function OwnHours({ value, onChange, disabled }: OwnProps) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-3">
      <Checkbox
        label={t("hours.company")}
        disabled={disabled}
        checked={!value}
        onChange={(e) => onChange(e.target.checked ? null : officeHours())}
      />
      {value && <HoursEditor value={value} onChange={onChange} disabled={disabled} />}
    </div>
  );
}

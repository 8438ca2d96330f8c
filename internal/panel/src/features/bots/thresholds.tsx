import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Bot } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { Checkbox } from "@/ui/field";

type Value = Bot["thresholds"];

const START: Value = { answer: 0.7, offer: 0.35 };

/** How sure the bot must be: to answer alone, and to offer choices. Zero leaves it to the FAQ's own measure. */
export function Thresholds({ value, onChange }: { value: Value; onChange: (value: Value) => void }) {
  const { t } = useTranslation(["bots", "common"]);
  const format = useFormat();
  const own = value.answer > 0 || value.offer > 0;
  const answer = (n: number) => onChange({ answer: n, offer: Math.min(value.offer, n) });
  const offer = (n: number) => onChange({ answer: Math.max(value.answer, n), offer: n });
  return (
    <div className="grid gap-4">
      <Checkbox
        label={t("thresholds.auto")}
        hint={t("thresholds.autoHint")}
        checked={!own}
        onChange={(e) => onChange(e.target.checked ? { answer: 0, offer: 0 } : START)}
      />
      {own && (
        <div className="grid gap-4 rounded-md border p-4">
          <Slider label={t("thresholds.answer")} value={value.answer} onChange={answer} />
          <Slider label={t("thresholds.offer")} value={value.offer} onChange={offer} />
          <p className="text-muted">
            {t("thresholds.plain", { answer: format.percent(value.answer), offer: format.percent(value.offer) })}
          </p>
        </div>
      )}
    </div>
  );
}

function Slider({ label, value, onChange }: { label: string; value: number; onChange: (n: number) => void }) {
  const format = useFormat();
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <div className="flex justify-between gap-4">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <output htmlFor={id} className="tabular-nums">
          {format.percent(value)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={0.05}
        max={0.99}
        step={0.01}
        value={value}
        aria-valuetext={format.percent(value)}
        onChange={(e) => onChange(Number(e.target.value))}
        className="h-6 w-full accent-accent"
      />
    </div>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Overview } from "@/lib/api/types";
import { useFormat } from "@/lib/format";

const HEIGHT = 160;
const STEP = 24; // a bar pair's width in the drawing's own units
const MARKS = 4;
const lines = [0, 1, 2, 3, 4].map((i) => i / MARKS); // from the top

/** Messages in and out per hour of the last 24, drawn as pairs of bars; the same in a table for screen readers. */
export function HourlyBars({ hours }: { hours: Overview["hourly"] }) {
  const { t } = useTranslation(["overview", "common"]);
  const format = useFormat();
  const [at, setAt] = useState<number>();
  const top = niceTop(Math.max(...hours.map((h) => Math.max(h.in, h.out)), 0));
  const y = (n: number) => HEIGHT - (n / top) * HEIGHT;
  const pointed = at === undefined ? undefined : hours[at];

  return (
    <figure className="grid gap-2">
      <figcaption className="flex min-h-5 flex-wrap items-center gap-x-4 text-xs">
        <Key colour="bg-accent" text={t("hourly.in")} n={pointed?.in} />
        <Key colour="bg-accent/35" text={t("hourly.out")} n={pointed?.out} />
        {pointed && <span className="text-muted">{format.hour(pointed.hour)}</span>}
      </figcaption>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2">
        <div
          aria-hidden
          className="flex flex-col justify-between text-right text-muted text-xs leading-none tabular-nums"
          style={{ height: HEIGHT }}
        >
          {lines.map((share) => (
            <span key={share}>{format.number(top * (1 - share))}</span>
          ))}
        </div>
        <svg
          aria-hidden
          viewBox={`0 0 ${hours.length * STEP} ${HEIGHT}`}
          preserveAspectRatio="none"
          className="w-full overflow-visible"
          style={{ height: HEIGHT }}
          onPointerLeave={() => setAt(undefined)}
        >
          {lines.map((share) => (
            <line
              key={share}
              x1={0}
              x2={hours.length * STEP}
              y1={share * HEIGHT}
              y2={share * HEIGHT}
              className="stroke-line"
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {hours.map((h, i) => (
            <g key={h.hour} onPointerEnter={() => setAt(i)}>
              <rect
                x={i * STEP}
                width={STEP}
                height={HEIGHT}
                className={at === i ? "fill-sunken" : "fill-transparent"}
              />
              <rect x={i * STEP + 4} width={7} y={y(h.in)} height={HEIGHT - y(h.in)} className="fill-accent" />
              <rect x={i * STEP + 13} width={7} y={y(h.out)} height={HEIGHT - y(h.out)} className="fill-accent/35" />
            </g>
          ))}
        </svg>
        <span />
        <div aria-hidden className="mt-1 grid grid-cols-4 text-muted text-xs">
          {hours
            .filter((_, i) => i % 6 === 0)
            .map((h) => (
              <span key={h.hour}>{format.hour(h.hour)}</span>
            ))}
        </div>
      </div>
      <table className="sr-only">
        <caption>{t("hourly.title")}</caption>
        <thead>
          <tr>
            <th>{t("hourly.hour")}</th>
            <th>{t("hourly.in")}</th>
            <th>{t("hourly.out")}</th>
          </tr>
        </thead>
        <tbody>
          {hours.map((h) => (
            <tr key={h.hour}>
              <th>{format.hour(h.hour)}</th>
              <td>{h.in}</td>
              <td>{h.out}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function Key({ colour, text, n }: { colour: string; text: string; n: number | undefined }) {
  const format = useFormat();
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden className={`size-2.5 rounded-sm ${colour}`} />
      {text}
      {n !== undefined && <span className="font-medium tabular-nums">{format.number(n)}</span>}
    </span>
  );
}

/** The next number above that divides well by four. */
export function niceTop(max: number): number {
  if (max <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(max));
  const step = [1, 2, 4, 8, 10].find((n) => n * power >= max) ?? 10;
  return Math.ceil((step * power) / MARKS) * MARKS;
}

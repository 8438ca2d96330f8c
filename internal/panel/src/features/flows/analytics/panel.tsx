import { useQuery } from "@tanstack/react-query";
import { ChartNoAxesColumn } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { Field, Select } from "@/ui/field";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { type Marks, useBuilder, useRead } from "../builder/context";
import type { NodeDef } from "../model/types";
import { type Analytics, analyticsQuery, type Rate, versionsQuery } from "../review-api";

const PERIODS = [7, 30, 90];

/** How the flow does: over the canvas how many came and left by each way out, here what they came to. */
export default function AnalyticsPanel() {
  const { t } = useTranslation("flowreview");
  const { flow, mark } = useBuilder();
  const format = useFormat();
  const [version, setVersion] = useState(0);
  const [days, setDays] = useState(30);
  const versions = useQuery(versionsQuery(flow.id));
  const { data, isError, error, refetch } = useQuery(analyticsQuery(flow.id, version, days));
  useEffect(() => {
    if (!data?.runs) return;
    mark(
      overlay(
        data,
        (n) => format.number(n),
        (n) => t("analytics.came", { n: format.number(n) }),
        (n) => t("analytics.dropped", { count: n }),
      ),
    );
    return () => mark(undefined);
  }, [data, mark, format, t]);
  return (
    <div className="grid gap-4 p-4">
      <h2 className="font-semibold text-base">{t("analytics.title")}</h2>
      <div className="grid grid-cols-[2fr_3fr] gap-3">
        <Field label={t("analytics.version")}>
          <Select value={version} onChange={(e) => setVersion(Number(e.target.value))}>
            <option value={0}>{t("analytics.all")}</option>
            {versions.data?.map((v) => (
              <option key={v.version} value={v.version}>
                {t("versions.number", { n: v.version })}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("analytics.period")}>
          <Select value={days} onChange={(e) => setDays(Number(e.target.value))}>
            {PERIODS.map((n) => (
              <option key={n} value={n}>
                {t("analytics.days", { count: n })}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {isError && <Failure error={error} onRetry={() => refetch()} />}
      {!isError && !data && <SkeletonRows rows={5} height={40} />}
      {data?.runs === 0 && (
        <Empty icon={<ChartNoAxesColumn />} title={t("analytics.empty")} body={t("analytics.emptyBody")} />
      )}
      {data && data.runs > 0 && <Figures data={data} />}
    </div>
  );
}

/** What is written over the canvas: how many came to a block and how many were lost there. */
function overlay(
  data: Analytics,
  number: (n: number) => string,
  came: (n: number) => string,
  dropped: (n: number) => string,
): Marks {
  const nodes = new Map<string, { note: string }>();
  const exits = new Map<string, { note: string }>();
  for (const n of data.nodes) {
    nodes.set(n.node, { note: n.dropped > 0 ? `${came(n.entered)} · ${dropped(n.dropped)}` : came(n.entered) });
    for (const [exit, count] of Object.entries(n.left)) exits.set(`${n.node}:${exit}`, { note: number(count) });
  }
  return { nodes, exits };
}

function Figures({ data }: { data: Analytics }) {
  const { t } = useTranslation("flowreview");
  const format = useFormat();
  const read = useRead();
  const { editing, show } = useBuilder();
  const nodes = new Map(editing.def.nodes.map((n) => [n.id, n]));
  // Without a goal nothing can be reached, and a rate of 0 % would read as a failure.
  const aims = (editing.def.goals ?? []).length > 0 || data.versions.some((v) => v.conversions > 0);
  return (
    <>
      <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1 text-right tabular-nums [&_dt]:text-left">
        <dt className="font-medium">{t("analytics.runs")}</dt>
        <dd className="font-medium">{format.number(data.runs)}</dd>
        {Object.entries(data.ended).map(([how, n]) => (
          <div key={how} className="contents">
            <dt className="text-muted">{t(`analytics.ended.${how}` as "analytics.ended.done")}</dt>
            <dd>
              <span className="mr-2 text-muted text-xs">{format.percent(n / data.runs)}</span>
              {format.number(n)}
            </dd>
          </div>
        ))}
      </dl>
      <section>
        <h3 className="mb-2 font-medium">{t("analytics.blocks")}</h3>
        <table className="w-full text-sm tabular-nums">
          <thead>
            <tr className="border-b text-left text-muted text-xs">
              <th className="py-1 font-medium">{t("analytics.block")}</th>
              <th className="whitespace-nowrap py-1 pl-3 text-right font-medium">{t("analytics.entered")}</th>
              <th className="whitespace-nowrap py-1 pl-3 text-right font-medium">{t("analytics.lost")}</th>
              <th className="whitespace-nowrap py-1 pl-3 text-right font-medium">{t("analytics.time")}</th>
            </tr>
          </thead>
          <tbody>
            {data.nodes.map((n) => (
              <tr key={n.node} className="border-b last:border-0">
                <td className="py-1.5 pr-2">
                  <Block node={nodes.get(n.node)} onShow={() => show(n.node)} />
                </td>
                <td className="py-1.5 pl-3 text-right">{format.number(n.entered)}</td>
                <td className="py-1.5 pl-3 text-right">
                  {n.dropped > 0 ? format.percent(n.dropped / n.entered) : "–"}
                </td>
                <td className="py-1.5 pl-3 text-right">
                  {n.median_seconds === null ? "–" : format.duration(Math.round(n.median_seconds))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {aims ? (
        <Rates
          title={t("analytics.byVersion")}
          list={data.versions.map((v) => ({ ...v, name: t("versions.number", { n: v.version }) }))}
        />
      ) : (
        <p className="text-muted">{t("analytics.aimless")}</p>
      )}
      {aims && data.arms.length > 0 && (
        <Rates
          title={t("analytics.byArm")}
          list={data.arms.map((a) => ({ ...a, name: `${read.nameOf(a.node) ?? a.node}: ${a.arm}` }))}
        />
      )}
    </>
  );
}

/** A block by its name and, as several may share one, by the first words it says. */
function Block({ node, onShow }: { node: NodeDef | undefined; onShow: () => void }) {
  const { t } = useTranslation("flowreview");
  const read = useRead();
  if (!node) return <span className="text-muted">{t("analytics.gone")}</span>;
  return (
    <button type="button" className="group grid text-left" onClick={onShow}>
      <span className="[overflow-wrap:anywhere] group-hover:underline">{read.name(node)}</span>
      <span className="line-clamp-1 text-muted text-xs [overflow-wrap:anywhere] empty:hidden">
        {read.lines(node)[0]}
      </span>
    </button>
  );
}

/** Conversions with the interval in which the true rate lies nineteen times in twenty. */
function Rates({ title, list }: { title: string; list: ({ name: string } & Rate)[] }) {
  const { t } = useTranslation("flowreview");
  const format = useFormat();
  return (
    <section>
      <h3 className="mb-2 font-medium">{title}</h3>
      <ul className="grid gap-2">
        {list.map((r) => (
          <li key={r.name} className="grid gap-1">
            <p className="flex gap-2 tabular-nums">
              <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{r.name}</span>
              <span className="font-medium">{format.percent(r.rate)}</span>
            </p>
            <span aria-hidden className="relative h-1.5 rounded-full bg-sunken">
              <span
                className="absolute inset-y-0 rounded-full bg-accent/40"
                style={{ left: `${r.low * 100}%`, width: `${Math.max(1, (r.high - r.low) * 100)}%` }}
              />
              <span
                className="absolute -inset-y-0.5 w-0.5 -translate-x-1/2 bg-accent"
                style={{ left: `${r.rate * 100}%` }}
              />
            </span>
            <p className="text-muted text-xs tabular-nums">
              {t("analytics.interval", {
                low: format.percent(r.low),
                high: format.percent(r.high),
                conversions: format.number(r.conversions),
                runs: format.number(r.runs),
              })}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

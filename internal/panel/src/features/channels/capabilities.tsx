import { Check, ExternalLink, Minus } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ChannelKind } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { Card } from "@/ui/page";
import { hoursOf, type Limit, limitsOf, mediaOf } from "./limits";

const head = "px-4 py-2 text-left font-medium text-muted text-xs";
const cell = "px-4 py-2 align-top [overflow-wrap:anywhere]";

/** What messages can be on this channel, and where that is written. */
export function CapabilityTable({ kind }: { kind: ChannelKind }) {
  const { t } = useTranslation("limits");
  const format = useFormat();
  const { capabilities: c } = kind;
  const media = mediaOf(c);
  const lacks = Object.entries(c.lacks ?? {});
  return (
    <>
      <Card title={t("can")} lead={t("canLead")} flush>
        <table className="w-full border-t">
          <thead className="sr-only">
            <tr>
              <th className={head}>{t("limit.name")}</th>
              <th className={head}>{t("limit.value")}</th>
              <th className={head}>{t("limit.source")}</th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {limitsOf(c).map((l) => (
              <tr key={l.key}>
                <th scope="row" className={`${cell} w-1/2 text-left font-normal`}>
                  {t(`limit.${l.key}`)}
                </th>
                <td className={cell}>
                  <LimitValue limit={l} />
                </td>
                <td className={`${cell} w-10 text-right`}>
                  {l.source && <Source href={l.source} of={t(`limit.${l.key}`)} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
      {media.length > 0 && (
        <Card title={t("files")} actions={c.sources?.media && <Source href={c.sources.media} of={t("files")} />} flush>
          <ul className="divide-y border-t">
            {media.map((m) => (
              <li key={m.types.join()} className="flex gap-4 px-4 py-2">
                <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{m.types.join(", ")}</span>
                <span className="shrink-0 tabular-nums">{t("upTo", { size: format.size(m.bytes) })}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {lacks.length > 0 && (
        <Card title={t("lacks")} lead={t("lacksLead")} flush>
          <dl className="divide-y border-t">
            {lacks.map(([what, why]) => (
              <div key={what} className="grid gap-x-4 px-4 py-2 sm:grid-cols-[14rem_minmax(0,1fr)]">
                <dt>
                  <Lacking what={what} />
                </dt>
                <dd className="text-muted [overflow-wrap:anywhere]">{why}</dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
    </>
  );
}

function LimitValue({ limit: l }: { limit: Limit }): ReactNode {
  const { t } = useTranslation("limits");
  const format = useFormat();
  switch (l.is) {
    case "yes":
    case "count": {
      if (l.is === "count" && l.value) return t("limit.count", { count: Number(l.value) });
      const Icon = l.value ? Check : Minus;
      return (
        <span className="inline-flex items-center gap-1.5">
          <Icon aria-hidden className={`size-4 ${l.value ? "text-ok" : "text-muted"}`} />
          {t(l.value ? "limit.yes" : "limit.no")}
        </span>
      );
    }
    case "characters":
      return t("limit.characters", { count: Number(l.value), n: format.number(Number(l.value)) });
    case "time":
      return t("limit.hours", { count: hoursOf(Number(l.value)) });
    case "start":
      return t(`limit.starts.${(l.value || "free") as "free"}`);
  }
}

function Source({ href, of }: { href: string; of: string }) {
  const { t } = useTranslation("limits");
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={t("limit.sourceOf", { name: of })}
      title={href}
      className="inline-grid size-6 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text"
    >
      <ExternalLink aria-hidden className="size-4" />
    </a>
  );
}

/** "inbound/edit" in words; the names are those of the conformance suite. */
function Lacking({ what }: { what: string }) {
  const { t } = useTranslation("limits");
  const [way, ...rest] = what.split("/");
  const thing = t(`lack.${rest.join("/")}` as "lack.edit", { defaultValue: rest.join(" ") });
  if (way === "inbound" || way === "send") return t(`lack.way.${way}`, { thing });
  return what;
}

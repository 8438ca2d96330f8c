import { Link } from "@tanstack/react-router";
import { ArrowRight, Check, Minus, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Trace, TraceStep } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { Badge } from "./badge";

/** Why the bot said what it said: what decided, how sure it was, and why the others lost. */
export function TraceView({ trace, bot = trace.bot }: { trace: Trace; bot?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="grid gap-4">
      <div>
        <p className="font-semibold text-base">{t(`trace.source.${trace.source}`)}</p>
        <p className="text-muted">{t(`trace.because.${trace.source}`)}</p>
      </div>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 empty:hidden">
        {trace.rule && <Fact name={t("trace.rule")}>{trace.rule.name}</Fact>}
        {trace.faq && <Fact name={t("trace.faq")}>{trace.faq.question}</Fact>}
        {trace.flow && (
          <Fact name={t("trace.flow")}>
            {trace.flow.name} · {t("trace.version", { n: trace.flow.version })}
          </Fact>
        )}
        {trace.query && <Fact name={t("trace.query")}>{trace.query}</Fact>}
        {trace.repaired && trace.repaired !== trace.query && <Fact name={t("trace.repaired")}>{trace.repaired}</Fact>}
        {trace.faq && (
          <Fact name={t("trace.score")}>
            <Score value={trace.faq.score} answerAt={trace.answer_at} offerAt={trace.offer_at} />
          </Fact>
        )}
      </dl>
      {bot && <EditLink trace={trace} bot={bot} />}
      {trace.flow && <FlowPath flow={trace.flow} />}
      {trace.steps && trace.steps.length > 0 && (
        <div>
          <h3 className="mb-2 font-medium">{t("trace.steps")}</h3>
          <ol className="grid gap-px overflow-hidden rounded-md border bg-line">
            {trace.steps.map((step, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps are a fixed sequence
              <Step key={i} step={step} trace={trace} />
            ))}
          </ol>
        </div>
      )}
      <p className="text-muted text-xs tabular-nums">
        {t("trace.took", { ms: format.number(Math.max(1, Math.round(trace.took_us / 100)) / 10) })}
      </p>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}

type ScoreProps = { value: number; answerAt?: number; offerAt?: number };

/** The chance that an entry is the right one, against what the bot needs to offer and to answer. */
export function Score({ value, answerAt, offerAt }: ScoreProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (n: number) => `${Math.max(0, Math.min(1, n)) * 100}%`;
  const colour =
    answerAt === undefined || value >= answerAt ? "bg-ok" : value >= (offerAt ?? 1) ? "bg-warn" : "bg-muted";
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden className="relative h-1.5 w-24 shrink-0 rounded-full bg-sunken">
        <span className={cn("absolute inset-y-0 left-0 rounded-full", colour)} style={{ width: share(value) }} />
        {[offerAt, answerAt].map(
          (mark) =>
            mark !== undefined && (
              <span key={mark} className="absolute -inset-y-1 w-px bg-text" style={{ left: share(mark) }} />
            ),
        )}
      </span>
      <span className="tabular-nums">{format.percent(value)}</span>
      {answerAt !== undefined && (
        <span className="sr-only">
          {t("trace.needs", { answer: format.percent(answerAt), offer: format.percent(offerAt ?? 0) })}
        </span>
      )}
    </span>
  );
}

/** The nodes that the flow passed in this turn, with what its expressions came to. */
function FlowPath({ flow }: { flow: NonNullable<Trace["flow"]> }) {
  const { t } = useTranslation();
  return (
    <div>
      <h3 className="mb-2 font-medium">{t("trace.path")}</h3>
      <ol className="grid gap-px overflow-hidden rounded-md border bg-line">
        {flow.path.map((visit, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a path is a fixed sequence
          <li key={i} className="bg-surface px-3 py-2">
            <p className="flex gap-2 [overflow-wrap:anywhere]">
              <span className="min-w-0 flex-1">{visit.name || visit.node}</span>
              <span className="text-muted">{visit.exit || t("trace.stays")}</span>
            </p>
            {Object.entries(visit.values ?? {}).map(([source, value]) => (
              <p key={source} className="text-muted text-xs [overflow-wrap:anywhere]">
                <code>{source}</code> = {typeof value === "string" ? value : JSON.stringify(value)}
              </p>
            ))}
          </li>
        ))}
      </ol>
      {flow.fault && (
        <p className="mt-2 text-danger">{t("trace.fault", { node: flow.fault.node, code: flow.fault.code })}</p>
      )}
    </div>
  );
}

const outcomes = {
  won: { tone: "ok", icon: <Check aria-hidden /> },
  lost: { tone: "neutral", icon: <X aria-hidden /> },
  skipped: { tone: "neutral", icon: <Minus aria-hidden /> },
} as const;

function Step({ step, trace }: { step: TraceStep; trace: Trace }) {
  const { t } = useTranslation();
  const detail = useDetail(step);
  const { tone, icon } = outcomes[step.outcome] ?? outcomes.lost; // an older record may say it otherwise
  return (
    <li className="flex items-start gap-3 bg-surface px-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="[overflow-wrap:anywhere]">
          <span className={step.name ? "text-muted" : ""}>
            {t(`trace.what.${step.what}` as "trace.what.rule", { defaultValue: step.what })}
          </span>{" "}
          {step.name}
        </p>
        {detail && <p className="text-muted text-xs [overflow-wrap:anywhere]">{detail}</p>}
        {step.score !== undefined && (
          <p className="text-xs">
            <Score value={step.score} answerAt={trace.answer_at} offerAt={trace.offer_at} />
          </p>
        )}
      </div>
      <Badge tone={tone} icon={icon}>
        {t(`trace.outcome.${step.outcome}`)}
      </Badge>
    </li>
  );
}

/** The engine's reason as a sentence: "hours:closed", or with a number, "miss:2". What it cannot name is shown as it is. */
function useDetail({ what, outcome, detail }: TraceStep): string | undefined {
  const { t } = useTranslation();
  if (!detail) return undefined;
  if (what === "rule" && outcome === "won") return t("trace.pattern", { pattern: detail });
  if (what === "offer" && outcome === "won")
    return t(`trace.choice.${detail}` as "trace.choice.button", { defaultValue: detail });
  if (what === "media") return t(`content.type.${detail}` as "content.type.image", { defaultValue: detail });
  const [, code = detail, n] = detail.match(/^(\w+):(\d+)$/) ?? [];
  const key = (n ? code : detail).replace(":", "_");
  return t(`trace.detail.${key}` as "trace.detail.miss", { count: Number(n ?? 0), defaultValue: detail });
}

function EditLink({ trace, bot }: { trace: Trace; bot: string }) {
  const { t } = useTranslation();
  if (trace.flow) {
    return (
      <Link
        to="/bots/$bot/flows/$flow"
        params={{ bot, flow: trace.flow.id }}
        search={{ node: trace.flow.path.at(-1)?.node }}
        className="inline-flex items-center gap-1.5 font-medium text-accent hover:underline"
      >
        {t("trace.editFlow")}
        <ArrowRight aria-hidden className="size-4" />
      </Link>
    );
  }
  if (!trace.rule && !trace.faq) return null;
  const search = trace.rule
    ? { tab: "rules" as const, edit: trace.rule.id }
    : { tab: "faqs" as const, edit: trace.faq?.id, q: trace.faq?.question };
  return (
    <Link
      to="/bots/$bot"
      params={{ bot }}
      search={search}
      className="inline-flex items-center gap-1.5 font-medium text-accent hover:underline"
    >
      {t(trace.rule ? "trace.editRule" : "trace.editFaq")}
      <ArrowRight aria-hidden className="size-4" />
    </Link>
  );
}

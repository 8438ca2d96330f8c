import { Link } from "@tanstack/react-router";
import { MessagesSquare, Rewind } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import type { Content } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { useContentLine } from "@/ui/content/snippet";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Select } from "@/ui/field";
import { TraceView } from "@/ui/trace";
import type { TriedEffect } from "../api";
import { useBuilder } from "../builder/context";
import { type Replayed, type ReplayItem, type ReplayTurn, replay } from "../review-api";

const SIZES = [50, 200, 1000];

/** What would have been different: real conversations run through the draft, nothing sent. */
export default function ReplayPanel() {
  const { t } = useTranslation("flowreview");
  const { flow, flush, mayEdit, editing } = useBuilder();
  const format = useFormat();
  const [n, setN] = useState(200);
  const [progress, setProgress] = useState<{ done: number; of: number }>();
  const [result, setResult] = useState<Replayed>();
  const [ran, setRan] = useState(editing.def);
  const [error, setError] = useState<string>();
  const [open, setOpen] = useState<ReplayItem>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = async () => {
    const abort = new AbortController();
    running.current = abort;
    setError(undefined);
    setResult(undefined);
    setRan(editing.def);
    setProgress({ done: 0, of: n });
    try {
      await flush();
      setResult(await replay(flow.id, n, (done, of) => setProgress({ done, of }), abort.signal));
    } catch (e) {
      if (!abort.signal.aborted) setError(e instanceof Error && e.message ? e.message : Problem.from(e).message);
    } finally {
      setProgress(undefined);
    }
  };
  return (
    <div className="grid gap-4 p-4">
      <div>
        <h2 className="font-semibold text-base">{t("replay.title")}</h2>
        <p className="text-muted">{t("replay.about")}</p>
      </div>
      <div className="flex items-end gap-3">
        <Field label={t("replay.how")} className="flex-1">
          <Select value={n} onChange={(e) => setN(Number(e.target.value))}>
            {SIZES.map((size) => (
              <option key={size} value={size}>
                {t("replay.size", { n: size })}
              </option>
            ))}
          </Select>
        </Field>
        <Button variant="primary" busy={progress !== undefined} disabled={!mayEdit} onClick={() => void run()}>
          <Rewind aria-hidden />
          {t("replay.run")}
        </Button>
      </div>
      <FormError message={error} />
      {progress && (
        <div className="grid gap-1">
          <progress
            className="w-full accent-accent"
            aria-label={t("replay.run")}
            value={progress.done}
            max={progress.of || 1}
          />
          <p className="text-muted text-xs tabular-nums">{t("replay.progress", progress)}</p>
        </div>
      )}
      {result && (
        <>
          {ran !== editing.def && <p className="text-muted">{t("replay.stale")}</p>}
          <p role="status">
            {t("replay.result", {
              changed: format.number(result.changed),
              turns: format.number(result.turns),
              seconds: format.number(Math.max(0.1, Math.round(result.seconds * 10) / 10)),
            })}
          </p>
          <ul className="flex flex-wrap gap-2">
            {Object.entries(result.counts)
              .filter(([, count]) => count > 0)
              .map(([kind, count]) => (
                <li key={kind}>
                  <Badge tone={kind === "same" ? "neutral" : "accent"}>
                    {t(`replay.kind.${kind}` as "replay.kind.answer")}: {format.number(count)}
                  </Badge>
                </li>
              ))}
          </ul>
          <ul className="grid gap-px overflow-hidden rounded-md border bg-line empty:hidden">
            {result.items.map((item, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a list that does not change
              <li key={i} className="bg-surface">
                <button
                  type="button"
                  className="grid w-full gap-1 p-3 text-left hover:bg-sunken"
                  onClick={() => setOpen(item)}
                >
                  <Turned item={item} />
                </button>
              </li>
            ))}
          </ul>
          {result.left_off ? (
            <p className="text-muted text-xs">{t("replay.more", { count: result.left_off })}</p>
          ) : null}
        </>
      )}
      {open && <SideBySide item={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

function Turned({ item }: { item: ReplayItem }) {
  const { t } = useTranslation("flowreview");
  const line = useContentLine();
  const format = useFormat();
  const said = item.after.effects.find((e) => e.say)?.say?.content;
  return (
    <>
      <span className="flex gap-2 text-muted text-xs">
        <span className="min-w-0 flex-1 truncate">{item.contact || t("replay.unnamed")}</span>
        <span className="tabular-nums">{format.moment(item.at)}</span>
      </span>
      <span className="font-medium [overflow-wrap:anywhere]">
        {item.message ? line(item.message) : t("replay.timer")}
      </span>
      {item.kind === "answer" || item.kind === "silent" ? (
        <span className="line-clamp-2 text-muted text-xs [overflow-wrap:anywhere]">
          {said ? t("replay.now", { text: line(said) }) : t("replay.mute")}
        </span>
      ) : (
        <span className="text-muted text-xs">{t(`replay.kind.${item.kind}`)}</span>
      )}
    </>
  );
}

function SideBySide({ item, onClose }: { item: ReplayItem; onClose: () => void }) {
  const { t } = useTranslation("flowreview");
  const line = useContentLine();
  const said = (list: Content[]) => list.map(line).join("\n");
  return (
    <Dialog
      open
      onClose={onClose}
      reading
      className="md:max-w-3xl"
      title={item.message ? line(item.message) : t("replay.timer")}
      description={t("replay.sideBySide")}
      footer={
        <Button asChild>
          <Link to="/inbox/{-$conversation}" params={{ conversation: item.conversation_id }}>
            <MessagesSquare aria-hidden />
            {t("replay.conversation")}
          </Link>
        </Button>
      }
    >
      <div className="grid gap-4 md:grid-cols-2">
        <Way title={t("replay.before")} turn={item.before} />
        <Way title={t("replay.after")} turn={item.after} />
      </div>
      {said(item.said) !== said(spoken(item.before)) && (
        <section className="mt-4">
          <h3 className="mb-2 font-medium">{t("replay.said")}</h3>
          {item.said.length === 0 && <p className="text-muted">{t("replay.nothing")}</p>}
          <Bubbles list={item.said} />
        </section>
      )}
    </Dialog>
  );
}

function Way({ title, turn }: { title: string; turn: ReplayTurn }) {
  const { t } = useTranslation("flowreview");
  const said = spoken(turn);
  const done = turn.effects.filter((e) => !e.say);
  return (
    <section aria-label={title} className="grid content-start gap-2">
      <h3 className="font-medium">{title}</h3>
      {turn.effects.length === 0 && <p className="text-muted">{t("replay.nothing")}</p>}
      <Bubbles list={said} />
      {done.map((e, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a list that does not change
        <p key={i} className="text-muted text-xs">
          {t(`replay.effect.${kindOf(e)}` as "replay.effect.handoff")}
        </p>
      ))}
      {turn.trace && (
        <details className="rounded-md border">
          <summary className="px-3 py-2 font-medium text-xs">{t("replay.why")}</summary>
          <div className="border-t p-3">
            <TraceView trace={turn.trace} />
          </div>
        </details>
      )}
    </section>
  );
}

const spoken = (turn: ReplayTurn) => turn.effects.flatMap((e) => e.say?.content ?? []);

const kindOf = (e: TriedEffect) => Object.keys(e)[0] ?? "other";

function Bubbles({ list }: { list: Content[] }) {
  const line = useContentLine();
  return list.map((c, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a list that does not change
    <div key={i} className="grid gap-1 rounded-md bg-sunken px-3 py-2">
      <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{line(c)}</p>
      {c.buttons?.map((b) => (
        <span key={b.id} className="rounded-sm border px-2 py-0.5 text-center text-xs">
          {b.label}
        </span>
      ))}
    </div>
  ));
}

import { FlaskConical, Hand, RotateCcw, Send } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import type { Bot, BotMemory, Content, Effect, Trace } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { ContentView } from "@/ui/content/content";
import { useContentLine } from "@/ui/content/snippet";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/field";
import { Empty } from "@/ui/states";
import { Score, TraceView } from "@/ui/trace";

type Nearest = { faq_id: string; question: string; score: number }[];
type Turn = { id: number; said: Content; effects?: Effect[]; trace?: Trace; nearest?: Nearest; error?: string };

/** Talk to the bot as a customer would; nothing is sent or stored. */
export function TryIt({ bot, onClose }: { bot: Bot; onClose: () => void }) {
  const { t } = useTranslation(["bots", "common"]);
  const [turns, setTurns] = useState<Turn[]>([]);
  const [text, setText] = useState("");
  const next = useRef(1);
  const memory = useRef<BotMemory>(undefined); // what the bot keeps between turns: what it offered, how often it failed
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs after each change of the turns
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "end" });
  }, [turns]);

  const say = async (said: Content) => {
    const id = next.current++;
    const params = { path: { id: bot.id } };
    const patch = (part: Partial<Turn>) =>
      setTurns((all) => all.map((turn) => (turn.id === id ? { ...turn, ...part } : turn)));
    setTurns((all) => [...all, { id, said }]);
    try {
      const {
        effects,
        trace,
        memory: kept,
      } = await ok(
        client.POST("/api/v1/bots/{id}/try", { params, body: { content: said, state: "bot", memory: memory.current } }),
      );
      memory.current = kept;
      patch({ effects, trace });
      if (said.type !== "text" || !said.text) return;
      const { results } = await ok(client.POST("/api/v1/bots/{id}/ask", { params, body: { query: said.text, k: 3 } }));
      patch({ nearest: results });
    } catch (error) {
      patch({ error: Problem.from(error).message });
    }
  };
  const restart = () => {
    memory.current = undefined;
    setTurns([]);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const said = text.trim();
    if (!said) return;
    setText("");
    void say({ type: "text", text: said });
  };

  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={t("try.title", { name: bot.name })}
      description={t("try.lead")}
      footer={
        <form onSubmit={submit} className="flex w-full items-center gap-2">
          {turns.length > 0 && (
            <Button variant="ghost" size="icon" aria-label={t("try.restart")} onClick={restart}>
              <RotateCcw />
            </Button>
          )}
          <Input
            autoFocus
            value={text}
            onChange={(e) => setText(e.target.value)}
            aria-label={t("try.placeholder")}
            placeholder={t("try.placeholder")}
          />
          <Button type="submit" variant="primary" size="icon" aria-label={t("try.send")} disabled={!text.trim()}>
            <Send />
          </Button>
        </form>
      }
    >
      {turns.length === 0 && (
        <Empty icon={<FlaskConical />} title={t("try.empty.title")} body={t("try.empty.body")} className="h-full" />
      )}
      <div role="log" aria-label={t("try.open")} className="grid gap-5">
        {turns.map((turn) => (
          <TurnView key={turn.id} turn={turn} onChoose={say} />
        ))}
        <div ref={end} />
      </div>
    </Dialog>
  );
}

function TurnView({ turn, onChoose }: { turn: Turn; onChoose: (said: Content) => void }) {
  const { t } = useTranslation(["bots", "common"]);
  const line = useContentLine();
  return (
    <div className="grid gap-2">
      <p className="max-w-[85%] justify-self-end rounded-lg rounded-br-sm bg-accent px-3 py-2 text-accent-fg [overflow-wrap:anywhere]">
        {line(turn.said)}
      </p>
      {!turn.effects && !turn.error && <p className="animate-pulse text-muted text-xs">{t("try.thinking")}</p>}
      {turn.error && (
        <p role="alert" className="text-danger">
          {turn.error}
        </p>
      )}
      {turn.effects?.map((effect, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: effects are a fixed sequence
        <EffectView key={i} effect={effect} onChoose={onChoose} />
      ))}
      {turn.effects?.length === 0 && <p className="text-muted">{t("try.silent")}</p>}
      {turn.trace && (
        <details className="rounded-md border">
          <summary className="min-h-9 px-3 py-2 font-medium text-xs">
            {t("try.why")}: {t(`common:trace.source.${turn.trace.source}`)}
          </summary>
          <div className="grid gap-4 border-t p-3">
            <TraceView trace={turn.trace} />
            {turn.nearest && turn.nearest.length > 0 && <NearestList nearest={turn.nearest} trace={turn.trace} />}
          </div>
        </details>
      )}
    </div>
  );
}

function EffectView({ effect, onChoose }: { effect: Effect; onChoose: (said: Content) => void }) {
  const { t } = useTranslation(["bots", "common"]);
  if (effect.say) return <Said content={effect.say} onChoose={onChoose} />;
  if (effect.handoff)
    return (
      <p className="flex items-center gap-2 text-warn">
        <Hand aria-hidden className="size-4" />
        {t("try.handoff")}
      </p>
    );
  return <p className="text-muted text-xs">{t(effect.close ? "try.close" : "try.label")}</p>;
}

/** What the bot said; its choices can be pressed, as the customer would. */
function Said({ content, onChoose }: { content: Content; onChoose: (said: Content) => void }) {
  const choices =
    content.buttons ?? content.list?.sections.flatMap((s) => s.rows.map((r) => ({ id: r.id, label: r.title })));
  const shown: Content = choices ? { type: "text", text: content.text } : content;
  return (
    <div className="max-w-[85%] justify-self-start rounded-lg rounded-bl-sm bg-accent-soft px-3 py-2">
      <ContentView content={shown} />
      {choices && (
        <div className="mt-2 flex flex-wrap gap-1.5">
          {choices.map((c) => (
            <Button
              key={c.id}
              size="sm"
              className="h-auto min-h-8 whitespace-normal text-left"
              onClick={() => onChoose({ type: "answer", answer: { id: c.id, label: c.label } })}
            >
              {c.label}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

function NearestList({ nearest, trace }: { nearest: Nearest; trace: Trace }) {
  const { t } = useTranslation(["bots", "common"]);
  return (
    <div>
      <h3 className="mb-2 font-medium">{t("try.nearest")}</h3>
      <ol className="grid gap-2">
        {nearest.map((n) => (
          <li key={n.faq_id} className="grid gap-0.5">
            <span>{n.question}</span>
            <span className="text-xs">
              <Score value={n.score} answerAt={trace.answer_at} offerAt={trace.offer_at} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

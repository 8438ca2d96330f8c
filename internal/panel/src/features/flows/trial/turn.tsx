import { Flag, Hand, Languages, StickyNote, Tag, TriangleAlert, Zap } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Content } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { ContentView } from "@/ui/content/content";
import { useContentLine } from "@/ui/content/snippet";
import type { TriedEffect } from "../api";
import { useBuilder } from "../builder/context";
import type { Turn } from "./use-trial";

type Props = { turn: Turn; onSay: (content: Content) => void; disabled: boolean };

/** What the customer did and all that followed. */
export function TurnView({ turn, onSay, disabled }: Props) {
  const { t } = useTranslation("flows");
  const { show } = useBuilder();
  const line = useContentLine();
  const { tried } = turn;
  const says = tried?.effects.filter((e) => e.say) ?? [];
  return (
    <div className="grid gap-2">
      {turn.happened && turn.happened.what !== "start" && (
        <p className="justify-self-center rounded-full bg-sunken px-3 py-0.5 text-muted text-xs">
          {t(`try.happened.${turn.happened.what}`, { event: turn.happened.event })}
        </p>
      )}
      {turn.said && (
        <p className="max-w-[85%] justify-self-end rounded-lg rounded-br-sm bg-accent px-3 py-2 text-accent-fg [overflow-wrap:anywhere]">
          {line(turn.said)}
        </p>
      )}
      {!tried && !turn.error && <p className="animate-pulse text-muted text-xs">{t("try.thinking")}</p>}
      {turn.error && (
        <p role="alert" className="text-danger">
          {turn.error}
        </p>
      )}
      {tried?.effects.map((effect, i) => (
        <EffectView
          // biome-ignore lint/suspicious/noArrayIndexKey: effects are a fixed sequence
          key={i}
          effect={effect}
          parts={effect.say ? tried.previews?.[says.indexOf(effect)] : undefined}
          onSay={onSay}
          disabled={disabled}
        />
      ))}
      {tried && tried.effects.length === 0 && !tried.fault && <p className="text-muted text-xs">{t("try.silent")}</p>}
      {tried?.fault && (
        <p role="alert" className="flex items-start gap-2 text-danger">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            {tried.fault.message ?? tried.fault.text ?? t("try.fault", { code: tried.fault.code })}{" "}
            <button type="button" className="underline" onClick={() => tried.fault && show(tried.fault.node)}>
              {t("try.seeBlock")}
            </button>
          </span>
        </p>
      )}
      {tried?.ended && (
        <p className="flex items-center gap-2 text-muted text-xs">
          <Flag aria-hidden className="size-3.5" />
          {t(`try.ended.${tried.ended}` as "try.ended.done", { defaultValue: t("try.ended.done") })}
        </p>
      )}
    </div>
  );
}

type EffectProps = {
  effect: TriedEffect;
  parts: readonly Content[] | null | undefined;
  onSay: (content: Content) => void;
  disabled: boolean;
};

function EffectView({ effect: e, parts, onSay, disabled }: EffectProps) {
  const { t } = useTranslation("flows");
  if (e.say)
    return (parts?.length ? parts : [e.say.content]).map((part, i) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no id and do not move
      <Said key={i} content={part} onSay={onSay} disabled={disabled} />
    ));
  if (e.handoff) return <Done icon={<Hand />}>{t("try.did.handoff", { summary: e.handoff.summary ?? "" })}</Done>;
  if (e.note) return <Done icon={<StickyNote />}>{t("try.did.note", { note: e.note })}</Done>;
  if (e.tag)
    return <Done icon={<Tag />}>{t(e.tag.remove ? "try.did.untag" : "try.did.tag", { tag: e.tag.name })}</Done>;
  if (e.label || e.unlabel) return <Done icon={<Tag />}>{t(e.label ? "try.did.label" : "try.did.unlabel")}</Done>;
  if (e.set)
    return (
      <Done icon={<Zap />}>{t("try.did.set", { field: e.set.field, value: JSON.stringify(e.set.value ?? null) })}</Done>
    );
  if (e.language) return <Done icon={<Languages />}>{t("try.did.language", { language: e.language })}</Done>;
  if (e.close) return <Done icon={<Flag />}>{t("try.did.close")}</Done>;
  if (e.stop) return <Done icon={<Flag />}>{t("try.did.stop")}</Done>;
  return null;
}

const Done = ({ icon, children }: { icon: ReactNode; children: ReactNode }) => (
  <p className="flex items-start gap-2 text-muted text-xs [&_svg]:mt-px [&_svg]:size-3.5 [&_svg]:shrink-0">
    <span aria-hidden>{icon}</span>
    <span className="min-w-0 whitespace-pre-line [overflow-wrap:anywhere]">{children}</span>
  </p>
);

/** What the flow said; its choices can be pressed, as the customer would. */
function Said({
  content,
  onSay,
  disabled,
}: {
  content: Content;
  onSay: (content: Content) => void;
  disabled: boolean;
}) {
  const choices =
    content.buttons?.filter((b) => !b.url) ??
    content.list?.sections.flatMap((s) => s.rows.map((r) => ({ id: r.id, label: r.title })));
  const links = content.buttons?.filter((b) => b.url);
  const shown: Content = content.list ? { type: "text", text: content.text } : { ...content, buttons: links };
  return (
    <div className="max-w-[85%] justify-self-start rounded-lg rounded-bl-sm bg-accent-soft px-3 py-2">
      <ContentView content={shown} />
      {choices && choices.length > 0 && (
        <div className="mt-2 flex flex-wrap gap-1.5">
          {choices.map((c) => (
            <Button
              key={c.id}
              size="sm"
              disabled={disabled}
              className="h-auto min-h-8 whitespace-normal text-left"
              onClick={() => onSay({ type: "answer", answer: { id: c.id, label: c.label } })}
            >
              {c.label}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}

import { Bot, CircleHelp, ImageOff, Lock, Megaphone, Quote, RotateCw } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/lib/api/queries";
import type { Conversation, Message } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { useContactName } from "@/lib/contact";
import { useFormat } from "@/lib/format";
import { Button } from "@/ui/button";
import { ContentView } from "@/ui/content/content";
import { useContentLine } from "@/ui/content/snippet";
import { MessageText } from "@/ui/content/text";
import { Skeleton } from "@/ui/states";
import { Tip } from "@/ui/tooltip";
import type { Actions } from "./actions";
import { needsHelp } from "./log-items";
import { MessageStateMark } from "./message-state";

const Why = lazy(() => import("./why"));

type Look = "contact" | "agent" | "bot" | "campaign" | "note";

const ground: Record<Look, string> = {
  contact: "border bg-surface rounded-bl-sm",
  agent: "bg-accent text-accent-fg rounded-br-sm",
  bot: "bg-accent-soft rounded-br-sm",
  campaign: "bg-sunken rounded-br-sm",
  note: "border border-dashed border-warn/60 bg-warn/8",
};

const icons: Partial<Record<Look, ReactNode>> = {
  bot: <Bot aria-hidden className="size-3.5" />,
  campaign: <Megaphone aria-hidden className="size-3.5" />,
  note: <Lock aria-hidden className="size-3.5" />,
};

export function lookOf(m: Pick<Message, "kind" | "from">): Look {
  if (m.kind === "note") return "note";
  return m.from === "system" ? "bot" : m.from;
}

/** The bubble itself; each kind of author looks different and is named. */
export function Bubble({
  look,
  author,
  first,
  children,
  meta,
  side,
}: {
  look: Look;
  author: string;
  first: boolean;
  children: ReactNode;
  meta: ReactNode;
  side?: ReactNode;
}) {
  const right = look !== "contact";
  return (
    <div className={cn("group flex flex-col", right ? "items-end" : "items-start", first ? "mt-3" : "mt-1")}>
      {first && (
        <p className="mb-1 inline-flex items-center gap-1 px-1 text-muted text-xs">
          {icons[look]}
          {author}
        </p>
      )}
      <div className={cn("flex w-full items-center gap-1", right && "flex-row-reverse")}>
        <div className={cn("min-w-0 max-w-[min(34rem,80%)] rounded-lg px-3 py-2 max-md:max-w-[86%]", ground[look])}>
          {children}
        </div>
        {side}
      </div>
      <div className="mt-0.5 flex items-center gap-1.5 px-1 text-muted text-xs">{meta}</div>
    </div>
  );
}

type Props = {
  message: Message;
  first: boolean;
  reactions: string[];
  quoted: Message | undefined;
  conversation: Conversation;
  actions: Actions;
  onQuote: (message: string) => void;
  onStale: () => void;
};

export function MessageLine({ message: m, first, reactions, quoted, conversation, actions, onQuote, onStale }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  const me = useMe().user.id;
  const nameOf = useContactName();
  const [why, setWhy] = useState(false);
  if (m.kind === "event") return <EventLine message={m} />;

  const look = lookOf(m);
  const author =
    m.from === "contact"
      ? nameOf(conversation.contact)
      : m.author?.id === me
        ? t("you")
        : (m.author?.name ?? t(`author.${m.from}`));
  return (
    <Bubble
      look={look}
      first={first}
      author={look === "note" ? t("noteBy", { name: author }) : author}
      side={
        look !== "note" && conversation.can.reply ? (
          <Tip label={t("quote.reply")} side="top">
            <Button
              variant="ghost"
              size="icon-sm"
              className="opacity-0 focus-visible:opacity-100 group-hover:opacity-100"
              aria-label={t("quote.reply")}
              onClick={() => onQuote(m.id)}
            >
              <Quote />
            </Button>
          </Tip>
        ) : undefined
      }
      meta={
        <>
          <time dateTime={m.at} title={format.moment(m.at)}>
            {format.time(m.at)}
          </time>
          {m.changed && <span>{t(`changed.${m.changed}`)}</span>}
          {m.direction === "out" && m.kind === "message" && <MessageStateMark message={m} />}
          {m.trace && (
            <button
              type="button"
              onClick={() => setWhy(true)}
              className="inline-flex items-center gap-1 rounded-sm text-accent hover:underline"
            >
              <CircleHelp aria-hidden className="size-3.5" />
              {t("why.open")}
            </button>
          )}
        </>
      }
    >
      {m.content.quote && <QuotedLine message={quoted} />}
      <Body message={m} onStale={onStale} />
      {reactions.length > 0 && (
        <p className="-mb-4 mt-1">
          <span className="inline-flex gap-1 rounded-full border bg-surface px-2 py-0.5 text-text">
            <span className="sr-only">{t("reactions")}</span>
            {reactions.join(" ")}
          </span>
        </p>
      )}
      {needsHelp(m.state) && <Trouble message={m} actions={actions} />}
      {m.trace && why && (
        <Suspense>
          <Why trace={m.trace} bot={conversation.bot?.id} onClose={() => setWhy(false)} />
        </Suspense>
      )}
    </Bubble>
  );
}

/** What was said; of a file that is still being fetched from the platform, or could not be, that. */
function Body({ message: m, onStale }: { message: Message; onStale: () => void }) {
  const { t } = useTranslation(["inbox", "common"]);
  const text = m.content.text && <MessageText text={m.content.text} />;
  if (m.changed === "delete")
    return (
      <div className="italic opacity-70">
        <ContentView content={m.content} onStale={onStale} />
      </div>
    );
  if (m.media_state === "waiting")
    return (
      <div className="grid gap-1.5">
        <div role="status" className="w-56 max-w-full">
          <Skeleton className="h-24" />
          <p className="mt-1 text-muted text-xs">
            {t("media.waiting", { what: t(`common:content.type.${m.content.type}`) })}
          </p>
        </div>
        {text}
      </div>
    );
  if (m.media_state === "failed")
    return (
      <div className="grid gap-1.5">
        <p className="flex items-start gap-1.5">
          <ImageOff aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
          <span>
            {t("media.failed", { what: t(`common:content.type.${m.content.type}`) })}{" "}
            {t(`media.error.${m.media_error}` as "media.error.file.type", { defaultValue: t("media.error.other") })}
          </span>
        </p>
        {text}
      </div>
    );
  return <ContentView content={m.content} onStale={onStale} />;
}

/** Why it did not arrive, and sending it again where that cannot double it. */
function Trouble({ message: m, actions }: { message: Message; actions: Actions }) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <div className="-mx-1 mt-2 rounded-md bg-surface px-2 py-1.5 text-text text-xs">
      <p className="[overflow-wrap:anywhere]">{m.error?.text || t(`trouble.${m.state as "failed"}`)}</p>
      {m.state !== "expired" && (
        <button
          type="button"
          className="mt-1 inline-flex min-h-6 items-center gap-1 font-medium text-accent hover:underline"
          onClick={() => void actions.resend(m.id)}
        >
          <RotateCw aria-hidden className="size-3.5" />
          {t("action.resend")}
        </button>
      )}
    </div>
  );
}

export function QuotedLine({ message }: { message: Message | undefined }) {
  const { t } = useTranslation(["inbox", "common"]);
  const line = useContentLine();
  return (
    <p className="mb-1.5 line-clamp-2 border-current/40 border-l-2 pl-2 text-xs opacity-90 [overflow-wrap:anywhere]">
      <span className="sr-only">{t("quote.of")} </span>
      {message ? line(message.content) : t("quote.older")}
    </p>
  );
}

/** Something that happened to the conversation. */
function EventLine({ message: m }: { message: Message }) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  const me = useMe().user.id;
  const code = m.content.text ?? "";
  const who = m.author?.name ?? t("author.system");
  const context = m.author?.id === me ? "me" : undefined; // "You took…", "Ana took…"
  return (
    <p className="my-2 px-6 text-center text-muted text-xs">
      {t(`event.${code}` as "event.closed", { who, context, defaultValue: code })} ·{" "}
      <time dateTime={m.at} title={format.moment(m.at)}>
        {format.time(m.at)}
      </time>
    </p>
  );
}

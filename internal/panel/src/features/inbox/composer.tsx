import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Hand, Lock, MessageSquare, Paperclip, RotateCcw, Send, Smile, X } from "lucide-react";
import { type KeyboardEvent, lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import type { Content, Conversation, Message } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import type { Thread } from "@/lib/realtime/events";
import { keys, useLive } from "@/lib/realtime/live";
import { fileContent } from "@/lib/upload";
import { Button } from "@/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { Skeleton } from "@/ui/states";
import { Tip } from "@/ui/tooltip";
import type { Actions } from "./actions";
import { Attachments, useUploads } from "./attachments";
import type { Draft } from "./draft";
import { MentionList, mentionedIn, useMention } from "./mentions";
import { QuotedLine } from "./message";
import { enqueue } from "./outbox";
import { useWriting, WindowNote } from "./window-note";

const Emoji = lazy(() => import("./emoji"));
const TemplateButton = lazy(() => import("./template-button"));
const WindowClosed = lazy(() => import("./window-closed"));

const TYPING_EVERY = 3000;

type Props = { conversation: Conversation; actions: Actions; draft: Draft };

export function Composer(props: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const { conversation: c, draft } = props;
  const may = useAllowed("inbox", "write");
  const writing = useWriting(c);
  const open = writing === "free" || writing === "person";
  if (!may) return <p className="border-t bg-surface p-4 text-center text-muted">{t("readOnly")}</p>;
  const modes = [
    ["reply", MessageSquare],
    ["note", Lock],
  ] as const;
  return (
    <div className="shrink-0 border-t bg-surface p-3 max-md:p-2">
      <fieldset className="mb-2 flex flex-wrap items-center gap-1">
        <legend className="sr-only">{t("mode.legend")}</legend>
        {modes.map(([mode, Icon]) => (
          <button
            key={mode}
            type="button"
            aria-pressed={draft.mode === mode}
            onClick={() => draft.focus(mode)}
            className={cn(
              "inline-flex h-7 items-center gap-1.5 rounded-md px-2.5 font-medium text-muted text-xs hover:text-text max-md:h-10",
              draft.mode === mode &&
                (mode === "note"
                  ? "bg-warn/15 text-warn hover:text-warn"
                  : "bg-accent-soft text-accent hover:text-accent"),
            )}
          >
            <Icon aria-hidden className="size-3.5" />
            {t(`mode.${mode}`)}
          </button>
        ))}
        {draft.mode === "reply" && open && <WindowNote conversation={c} writing={writing} />}
      </fieldset>
      {draft.mode === "note" || (c.can.reply && open) ? (
        <Editor {...props} />
      ) : c.can.reply ? (
        <Suspense fallback={<Skeleton className="h-[6.5rem]" />}>
          <WindowClosed conversation={c} writing={writing} />
        </Suspense>
      ) : (
        <Blocked {...props} />
      )}
    </div>
  );
}

/** Why one cannot reply right now, and what opens the way. */
function Blocked({ conversation: c, actions }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const reason = c.state === "closed" ? "closed" : c.assignee ? "taken" : c.state === "bot" ? "bot" : "waiting";
  return (
    <div className="flex min-h-[6.5rem] flex-wrap items-center justify-center gap-3 rounded-lg border border-dashed p-4 text-center">
      <p className="text-muted">{t(`blocked.${reason}`, { name: c.assignee?.name })}</p>
      {c.can.reopen && (
        <Button size="sm" onClick={() => void actions.reopen()}>
          <RotateCcw aria-hidden />
          {t("action.reopen")}
        </Button>
      )}
      {c.can.claim && (
        <Button size="sm" onClick={() => void actions.claim()}>
          <Hand aria-hidden />
          {t("action.claim")}
        </Button>
      )}
    </div>
  );
}

function Editor({ conversation: c, draft }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const qc = useQueryClient();
  const files = useRef<HTMLInputElement>(null);
  const note = draft.mode === "note";
  const uploads = useUploads(draft.addFile);
  const mention = useMention(draft, note);
  const typing = useTypingSignal(c.id, !note);
  const [dragging, setDragging] = useState(false);
  const ready = draft.text.trim() !== "" || (!note && draft.files.length > 0);

  const send = () => {
    if (!ready || uploads.list.some((u) => !u.error)) return;
    for (const content of contents(draft)) {
      const mentions = note ? mentionedIn(draft.text, mention.members) : undefined;
      enqueue(qc, { conversation: c.id, note, content, mentions: mentions?.length ? mentions : undefined });
    }
    draft.clear();
    typing.stop();
    draft.input.current?.focus();
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (mention.onKeyDown(e)) return;
    if (e.key === "Escape") return draft.input.current?.blur(); // gives the shortcuts back
    if (e.key !== "Enter" || e.shiftKey || e.nativeEvent.isComposing) return;
    if (matchMedia("(pointer: coarse)").matches) return; // on a phone, Enter is a new line
    e.preventDefault();
    send();
  };
  const insert = (text: string) => {
    const el = draft.input.current;
    const at = el?.selectionStart ?? draft.text.length;
    const to = el?.selectionEnd ?? at;
    draft.setText(draft.text.slice(0, at) + text + draft.text.slice(to));
    requestAnimationFrame(() => el?.setSelectionRange(at + text.length, at + text.length));
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping files is a second way; the button is the first
    <div
      onDragOver={(e) => {
        if (note || !e.dataTransfer.types.includes("Files")) return;
        e.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(e) => {
        setDragging(false);
        if (note) return;
        e.preventDefault();
        uploads.add([...e.dataTransfer.files]);
      }}
      className={cn(
        "relative rounded-lg border focus-within:border-accent",
        note && "border-warn/60 border-dashed bg-warn/8 focus-within:border-warn",
        dragging && "border-accent bg-accent-soft",
      )}
    >
      {mention.open && <MentionList mention={mention} />}
      {!note && draft.quoted && (
        <QuoteBar conversation={c.id} message={draft.quoted} onRemove={() => draft.quote(undefined)} />
      )}
      {!note && <Attachments draft={draft} uploads={uploads} />}
      <textarea
        ref={draft.input}
        rows={2}
        value={draft.text}
        onChange={(e) => {
          draft.setText(e.target.value);
          mention.follow(e.target);
          typing.start();
        }}
        onSelect={(e) => mention.follow(e.currentTarget)}
        onBlur={typing.stop}
        onKeyDown={onKeyDown}
        onPaste={(e) => {
          if (note || e.clipboardData.files.length === 0) return;
          e.preventDefault();
          uploads.add([...e.clipboardData.files]);
        }}
        aria-label={t(`placeholder.${draft.mode}`)}
        placeholder={t(`placeholder.${draft.mode}`)}
        {...mention.aria}
        className="field-sizing-content thin-scroll block max-h-48 min-h-14 w-full resize-none bg-transparent px-3 py-2.5 outline-none max-md:text-base"
      />
      <div className="flex items-center gap-0.5 px-1.5 pb-1.5">
        {!note && (
          <>
            <Tip label={t("attach")} side="top">
              <Button size="icon-sm" variant="ghost" aria-label={t("attach")} onClick={() => files.current?.click()}>
                <Paperclip />
              </Button>
            </Tip>
            <input
              ref={files}
              type="file"
              multiple
              hidden
              onChange={(e) => {
                uploads.add([...(e.target.files ?? [])]);
                e.target.value = "";
              }}
            />
          </>
        )}
        <EmojiButton onPick={insert} />
        {!note && c.window.start === "template" && (
          <Suspense>
            <TemplateButton conversation={c} />
          </Suspense>
        )}
        <Button
          size="sm"
          variant={note ? "secondary" : "primary"}
          className="ml-auto"
          disabled={!ready}
          onClick={send}
          aria-keyshortcuts="Enter"
        >
          {note ? <Lock aria-hidden /> : <Send aria-hidden />}
          {t(`send.${draft.mode}`)}
        </Button>
      </div>
    </div>
  );
}

/** A message per file; the text goes with the first one, the quote too. */
function contents(draft: Draft): Content[] {
  const text = draft.text.trim();
  if (draft.mode === "note" || draft.files.length === 0)
    return [{ type: "text", text, ...(draft.mode === "reply" && draft.quoted && { quote: draft.quoted }) }];
  return draft.files.map((file, i) => ({
    ...fileContent(file, i === 0 ? text : undefined),
    ...(i === 0 && draft.quoted && { quote: draft.quoted }),
  }));
}

function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation(["inbox", "common"]);
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button size="icon-sm" variant="ghost" aria-label={t("emoji.open")}>
          <Smile />
        </Button>
      </PopoverTrigger>
      <PopoverContent side="top" align="start" className="p-2" aria-label={t("emoji.open")}>
        <Suspense fallback={<Skeleton className="h-80 w-72" />}>
          <Emoji
            onPick={(emoji) => {
              onPick(emoji);
              setOpen(false);
            }}
          />
        </Suspense>
      </PopoverContent>
    </Popover>
  );
}

function QuoteBar({
  conversation,
  message,
  onRemove,
}: {
  conversation: string;
  message: string;
  onRemove: () => void;
}) {
  const { t } = useTranslation(["inbox", "common"]);
  const { data } = useQuery<Thread>({ queryKey: keys.messages(conversation), enabled: false });
  const quoted: Message | undefined = data?.items.find((m) => m.id === message);
  return (
    <div className="flex items-start gap-2 border-b px-3 pt-2">
      <div className="min-w-0 flex-1">
        <QuotedLine message={quoted} />
      </div>
      <Button variant="ghost" size="icon-sm" aria-label={t("quote.remove")} onClick={onRemove}>
        <X />
      </Button>
    </div>
  );
}

/** Lets the customer and colleagues see that somebody is writing. */
function useTypingSignal(conversation: string, on: boolean) {
  const { socket } = useLive();
  const last = useRef(0);
  return {
    start() {
      if (!on || Date.now() - last.current < TYPING_EVERY) return;
      last.current = Date.now();
      socket?.typing(conversation, true);
    },
    stop() {
      if (!last.current) return;
      last.current = 0;
      socket?.typing(conversation, false);
    },
  };
}

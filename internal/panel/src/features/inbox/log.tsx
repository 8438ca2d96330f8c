import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowDown, LoaderCircle } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/lib/api/types";
import { useContactName } from "@/lib/contact";
import { useFormat } from "@/lib/format";
import { keys, usePresence } from "@/lib/realtime/live";
import { Button } from "@/ui/button";
import { Failure, SkeletonRows } from "@/ui/states";
import { sayProblem } from "@/ui/toast";
import type { Actions } from "./actions";
import { Continued, Earlier, useEarlier } from "./earlier";
import { type LogItem, logItems } from "./log-items";
import { MessageLine } from "./message";
import { useOutbox } from "./outbox";
import { PendingLine } from "./pending";
import { loadOlder, threadQuery } from "./queries";
import { useMarkRead } from "./read";

const NEAR_END = 120;
const NEAR_START = 200;

type Props = { conversation: Conversation; actions: Actions; onQuote: (message: string) => void };

/** Everything said so far, newest at the bottom; older messages load on the way up. */
export function MessageLog({ conversation: c, actions, onQuote }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const qc = useQueryClient();
  const format = useFormat();
  const name = useContactName()(c.contact);
  const query = useQuery(threadQuery(qc, c.id));
  const outbox = useOutbox();
  const { contactTyping } = usePresence(c.id);
  const thread = query.data;
  const [newAfter] = useState(c.unread > 0 ? c.read_seq : undefined); // where reading began, for as long as it is open
  const items = useMemo(
    () =>
      logItems(
        thread?.items ?? [],
        outbox.filter((p) => p.conversation === c.id),
        format.dayKey,
        newAfter,
      ),
    [thread, outbox, c.id, format, newAfter],
  );
  const byID = useMemo(() => new Map(thread?.items.map((m) => [m.id, m])), [thread]);
  const earlier = useEarlier(c, thread?.more === false);
  const firstID = earlier.lines[0]?.id ?? thread?.items[0]?.id;
  const { ref, atEnd, onScroll, toEnd, older } = useScroll(items.at(-1)?.key, firstID, async () => {
    if (thread?.more) await loadOlder(qc, c.id);
  });
  useMarkRead(c, thread?.items.at(-1)?.seq);
  const refresh = useCallback(() => void qc.invalidateQueries({ queryKey: keys.messages(c.id) }), [qc, c.id]);

  const line = (item: LogItem): ReactNode => {
    switch (item.kind) {
      case "day":
        return <Divider key={item.key} text={format.day(item.at)} />;
      case "new":
        return <Divider key={item.key} text={t("new")} accent />;
      case "pending":
        return <PendingLine key={item.key} pending={item.pending} first={item.first} />;
      case "message":
        return (
          <MessageLine
            key={item.key}
            message={item.message}
            first={item.first}
            reactions={item.reactions}
            quoted={byID.get(item.message.content.quote ?? "")}
            conversation={c}
            actions={actions}
            onQuote={onQuote}
            onStale={refresh}
          />
        );
    }
  };

  if (query.isError && !thread)
    return <Failure className="min-h-0 flex-1" error={query.error} onRetry={() => query.refetch()} />;
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={ref}
        onScroll={onScroll}
        role="log"
        aria-label={t("log", { name })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
        tabIndex={0}
        className="thin-scroll flex h-full flex-col overflow-auto px-4 py-3 outline-offset-[-2px] [overflow-anchor:none] max-md:px-3"
      >
        {query.isPending && <SkeletonRows rows={5} height={56} />}
        {older && (
          <LoaderCircle aria-label={t("loadingOlder")} className="mx-auto size-4 shrink-0 animate-spin text-muted" />
        )}
        {thread && !thread.more && !earlier.query.hasNextPage && (
          <p className="pb-1 text-center text-muted text-xs">{t("start")}</p>
        )}
        <div className="mt-auto grid">
          {thread?.more === false && <Earlier conversation={c} earlier={earlier} />}
          {items.map(line)}
          <Continued conversation={c} />
          {contactTyping && (
            <p className="mt-2 animate-pulse text-muted text-xs">{t("presence.contactTyping", { name })}</p>
          )}
        </div>
      </div>
      {!atEnd && (
        <Button size="sm" className="absolute right-4 bottom-3 rounded-full shadow-float" onClick={toEnd}>
          <ArrowDown aria-hidden />
          {t("toEnd")}
        </Button>
      )}
    </div>
  );
}

function Divider({ text, accent }: { text: string; accent?: boolean }) {
  return (
    <p className={`my-3 flex items-center gap-3 text-xs ${accent ? "font-medium text-accent" : "text-muted"}`}>
      <span aria-hidden className={`h-px flex-1 ${accent ? "bg-accent/40" : "bg-line"}`} />
      {text}
      <span aria-hidden className={`h-px flex-1 ${accent ? "bg-accent/40" : "bg-line"}`} />
    </p>
  );
}

/** Stays at the end while new lines arrive, and in place while older ones are put in front. */
function useScroll(lastKey: string | undefined, firstID: string | undefined, loadMore: () => Promise<void>) {
  const ref = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [older, setOlder] = useState(false);
  const fromBottom = useRef(0);
  const follow = useRef(true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when a line is added at the end
  useLayoutEffect(() => {
    if (ref.current && follow.current) ref.current.scrollTop = ref.current.scrollHeight;
  }, [lastKey]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when lines are put in front
  useLayoutEffect(() => {
    if (ref.current && !follow.current) ref.current.scrollTop = ref.current.scrollHeight - fromBottom.current;
  }, [firstID]);

  // Images and a growing composer change the height; the end stays in view all the same.
  useEffect(() => {
    const el = ref.current;
    if (!el) return;
    const watch = new ResizeObserver(() => {
      if (follow.current) el.scrollTop = el.scrollHeight;
    });
    watch.observe(el);
    if (el.lastElementChild) watch.observe(el.lastElementChild);
    return () => watch.disconnect();
  }, []);

  const loading = useRef(false);
  const onScroll = async () => {
    const el = ref.current;
    if (!el) return;
    fromBottom.current = el.scrollHeight - el.scrollTop;
    follow.current = fromBottom.current - el.clientHeight < NEAR_END;
    setAtEnd(follow.current);
    if (el.scrollTop > NEAR_START || loading.current || follow.current) return;
    loading.current = true;
    setOlder(true);
    await loadMore().catch(sayProblem);
    setOlder(false);
    loading.current = false;
  };
  const toEnd = () => {
    follow.current = true;
    ref.current?.scrollTo({ top: ref.current.scrollHeight, behavior: "smooth" });
  };
  return { ref, atEnd, older, onScroll: () => void onScroll(), toEnd };
}

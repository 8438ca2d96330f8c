import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import type { Conversation, HistoryLine } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Failure, SkeletonRows } from "@/ui/states";
import { useActions } from "./actions";
import { MessageLine } from "./message";

const PAGE = 50;

const historyQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["history", id],
    queryFn: ({ pageParam, signal }) =>
      ok(
        client.GET("/api/v1/conversations/{id}/history", {
          params: { path: { id }, query: { cursor: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });

/** What was said on the numbers that this conversation was passed on from, oldest first. */
export function useEarlier(c: Conversation, wanted: boolean) {
  const query = useInfiniteQuery({ ...historyQuery(c.id), enabled: wanted && c.before !== undefined });
  const lines = useMemo(() => query.data?.pages.flatMap((page) => page.items).reverse() ?? [], [query.data]);
  return { query, lines };
}

type Props = {
  conversation: Conversation;
  earlier: ReturnType<typeof useEarlier>;
};

/** The earlier threads above the first message of this one. */
export function Earlier({ conversation: c, earlier: { query, lines } }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  if (!c.before) return null;
  const stretches = new Map<string, HistoryLine[]>();
  for (const l of lines) stretches.set(l.conversation_id, [...(stretches.get(l.conversation_id) ?? []), l]);
  return (
    <section aria-label={t("earlier.from", { channel: c.before.channel.name })}>
      {query.isLoading && <SkeletonRows rows={3} height={56} />}
      {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
      {query.hasNextPage && (
        <Button
          size="sm"
          variant="ghost"
          className="mx-auto flex"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("earlier.more")}
        </Button>
      )}
      {[...stretches].map(([thread, its]) => (
        <Stretch key={thread} thread={thread} conversation={c} lines={its} />
      ))}
      <p className="my-3 flex items-center gap-3 text-muted text-xs">
        <span aria-hidden className="h-px flex-1 bg-line" />
        {t("earlier.from", { channel: c.before.channel.name })}
        <span aria-hidden className="h-px flex-1 bg-line" />
      </p>
    </section>
  );
}

/** The lines of one earlier thread: to be read, not to be answered from here. */
function Stretch({
  thread,
  conversation: c,
  lines,
}: {
  thread: string;
  conversation: Conversation;
  lines: HistoryLine[];
}) {
  const actions = useActions(thread);
  const byID = useMemo(() => new Map(lines.map((l) => [l.id, l])), [lines]);
  return (
    <>
      <p className="my-2 text-center text-muted text-xs">{lines[0]?.channel.name}</p>
      {lines.map((l, i) => (
        <MessageLine
          key={l.id}
          message={l}
          first={i === 0 || lines[i - 1]?.from !== l.from || lines[i - 1]?.kind !== l.kind}
          reactions={[]}
          quoted={byID.get(l.content.quote ?? "")}
          conversation={{ ...c, can: { ...c.can, reply: false } }}
          actions={actions}
          onQuote={() => undefined}
          onStale={() => undefined}
        />
      ))}
    </>
  );
}

/** Where the conversation went on, under its last message. */
export function Continued({ conversation: c }: { conversation: Conversation }) {
  const { t } = useTranslation(["inbox", "common"]);
  if (!c.after) return null;
  return (
    <p className="my-2 text-center text-xs">
      <Link
        to="/inbox/{-$conversation}"
        params={{ conversation: c.after.conversation_id }}
        search={(s) => s}
        className="text-accent hover:underline"
      >
        {t("earlier.to", { channel: c.after.channel.name })}
      </Link>
    </p>
  );
}

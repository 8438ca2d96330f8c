import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Inbox } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationFilter } from "@/lib/realtime/events";
import { Empty, Failure, NoMatch, SkeletonRows } from "@/ui/states";
import { type ChangeFilter, Filters } from "./filters";
import { listQuery } from "./queries";
import { Row } from "./row";

const ROW = 76;

type Props = {
  filter: ConversationFilter;
  onFilter: ChangeFilter;
  selected: string | undefined;
  searchRef: RefObject<HTMLInputElement | null>;
};

export function ConversationList({ filter, onFilter, selected, searchRef }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const query = useInfiniteQuery(listQuery(filter));
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (i) => rows[i]?.id ?? i,
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();

  const end = shown.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (end >= rows.length - 10 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [end, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const at = rows.findIndex((r) => r.id === selected);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);

  const narrowed = !!(filter.q || filter.assignee || filter.channel || filter.label || filter.team);
  return (
    <>
      <Filters filter={filter} onChange={onFilter} searchRef={searchRef} />
      <div ref={scroller} className="thin-scroll min-h-0 flex-1 overflow-auto">
        {query.isPending && <SkeletonRows rows={7} height={ROW} />}
        {query.isError && rows.length === 0 && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && rows.length === 0 && narrowed && <NoMatch onClear={() => onFilter(cleared)} />}
        {query.isSuccess && rows.length === 0 && !narrowed && (
          <Empty
            icon={<Inbox />}
            title={t(`empty.${emptyKind(filter)}.title`)}
            body={t(`empty.${emptyKind(filter)}.body`)}
          />
        )}
        <ul aria-label={t("list")} className="relative" style={{ height: virtual.getTotalSize() }}>
          {shown.map((v) => {
            const row = rows[v.index];
            return (
              row && (
                <li
                  key={v.key}
                  aria-setsize={hasNextPage ? -1 : rows.length}
                  aria-posinset={v.index + 1}
                  className="absolute inset-x-0"
                  style={{ transform: `translateY(${v.start}px)`, height: ROW }}
                >
                  <Row row={row} selected={row.id === selected} />
                </li>
              )
            );
          })}
        </ul>
        {isFetchingNextPage && <SkeletonRows rows={2} height={ROW} />}
      </div>
    </>
  );
}

const cleared = { q: undefined, assignee: undefined, channel: undefined, label: undefined, team: undefined };
const emptyKind = (f: ConversationFilter) =>
  f.state === "waiting" ? "waiting" : f.state === "closed" ? "closed" : "open";

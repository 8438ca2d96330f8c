import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowDownLeft, ArrowUpRight, RotateCw, ScrollText } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Channel, LogEntry } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/page";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { logQuery } from "./queries";

/** What went over the wire, the newest first. Secrets never come this far. */
export function ChannelLog({ channel }: { channel: Channel }) {
  const { t } = useTranslation(["channels", "common"]);
  const query = useInfiniteQuery(logQuery(channel.id));
  const entries = query.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Card
      title={t("log.title")}
      lead={t("log.lead")}
      actions={
        <Button size="sm" busy={query.isRefetching} onClick={() => void query.refetch()}>
          <RotateCw aria-hidden />
          {t("log.refresh")}
        </Button>
      }
      flush
    >
      {query.isPending && <SkeletonRows rows={6} height={48} />}
      {query.isError && entries.length === 0 && <Failure error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && entries.length === 0 && <Empty icon={<ScrollText />} title={t("log.none")} className="p-6" />}
      {entries.length > 0 && (
        <ul className="divide-y border-t">
          {entries.map((e) => (
            <Exchange key={e.id} entry={e} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <div className="grid place-items-center border-t p-3">
          <Button size="sm" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {t("common:more")}
          </Button>
        </div>
      )}
    </Card>
  );
}

/** Whether an exchange went as it should. Without a status: a socket's, which says so by its error. */
const fine = (e: LogEntry) => !e.error && e.status < 400;

function Exchange({ entry: e }: { entry: LogEntry }) {
  const { t } = useTranslation(["channels", "common"]);
  const format = useFormat();
  const Icon = e.inbound ? ArrowDownLeft : ArrowUpRight;
  return (
    <li>
      <details>
        <summary className="flex min-h-12 cursor-pointer items-center gap-3 px-4 py-2 outline-offset-[-2px] hover:bg-sunken">
          <Icon aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="min-w-0 flex-1">
            <span className="block truncate font-mono text-xs">
              <span className="sr-only">{t(e.inbound ? "log.in" : "log.out")} </span>
              {e.method} {e.url}
            </span>
            <span className="block text-muted text-xs">
              <time dateTime={e.at}>{format.moment(e.at)}</time> · {t("log.took", { ms: format.number(e.took_ms) })}
            </span>
          </span>
          <Badge tone={fine(e) ? "ok" : "danger"}>{e.status || t(e.error ? "log.noAnswer" : "log.taken")}</Badge>
        </summary>
        <div className="grid gap-3 px-4 pb-4">
          {e.error && <p className="text-danger [overflow-wrap:anywhere]">{e.error}</p>}
          <Body title={t("log.request")} text={e.request} />
          <Body title={t("log.reply")} text={e.reply} />
          {!e.request && !e.reply && <p className="text-muted">{t("log.bare")}</p>}
          {e.message_id && <p className="text-muted text-xs">{t("log.message", { id: e.message_id })}</p>}
        </div>
      </details>
    </li>
  );
}

function Body({ title, text }: { title: string; text: string }) {
  if (!text) return null;
  return (
    <div className="min-w-0">
      <p className="mb-1 font-medium text-xs">{title}</p>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
        tabIndex={0}
        className="thin-scroll max-h-72 overflow-auto whitespace-pre-wrap rounded-md bg-sunken p-3 font-mono text-xs [overflow-wrap:anywhere]"
      >
        {pretty(text)}
      </pre>
    </div>
  );
}

/** JSON with its lines; anything else, and JSON that was cut, as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

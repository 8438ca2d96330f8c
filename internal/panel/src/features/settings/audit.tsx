import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import type { AuditEntry } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { Card } from "@/ui/page";
import { Empty, Failure, SkeletonRows } from "@/ui/states";

const auditQuery = infiniteQueryOptions({
  queryKey: ["audit"],
  queryFn: ({ pageParam, signal }) =>
    ok(client.GET("/api/v1/audit", { params: { query: { cursor: pageParam, limit: 50 } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next,
});

/** Who did what, newest first. Nobody can change it. */
export default function Audit() {
  const { t } = useTranslation(["settings", "common"]);
  const query = useInfiniteQuery(auditQuery);
  const entries = query.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <div className="max-w-3xl">
      <Card title={t("section.audit")} lead={t("audit.lead")} flush>
        <div className="border-t">
          {query.isPending && <SkeletonRows rows={6} height={48} />}
          {query.isError && entries.length === 0 && <Failure error={query.error} onRetry={() => query.refetch()} />}
          {query.isSuccess && entries.length === 0 && <Empty icon={<History />} title={t("audit.empty")} />}
          <ul className="divide-y">
            {entries.map((e) => (
              <Entry key={e.id} entry={e} />
            ))}
          </ul>
          {query.hasNextPage && (
            <div className="grid place-items-center border-t p-3">
              <Button size="sm" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                {t("common:more")}
              </Button>
            </div>
          )}
        </div>
      </Card>
    </div>
  );
}

function Entry({ entry: e }: { entry: AuditEntry }) {
  const { t } = useTranslation(["settings", "common"]);
  const format = useFormat();
  const what = t(`audit.action.${e.action}` as "audit.action.bot.create", { defaultValue: e.action });
  const who = e.actor?.name || t("audit.system");
  const changes = Object.entries(e.changes ?? {});
  return (
    <li className="flex gap-3 px-4 py-2.5">
      <Avatar name={who} className="mt-0.5 size-8" />
      <div className="min-w-0 flex-1">
        <p className="[overflow-wrap:anywhere]">
          <span className="font-medium">{who}</span> {what}
          {e.object.name && <span className="text-muted"> · {e.object.name}</span>}
        </p>
        <p className="text-muted text-xs">
          <time dateTime={e.at}>{format.moment(e.at)}</time>
          {e.ip && ` · ${e.ip}`}
        </p>
        {changes.length > 0 && (
          <details className="mt-1 text-xs">
            <summary className="w-fit font-medium text-accent">{t("audit.changes", { count: changes.length })}</summary>
            <dl className="mt-1 grid gap-1">
              {changes.map(([field, { from, to }]) => (
                <div key={field} className="[overflow-wrap:anywhere]">
                  <dt className="inline text-muted">{field}: </dt>
                  <dd className="inline">
                    <del>{shown(from)}</del> → <ins className="no-underline">{shown(to)}</ins>
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
    </li>
  );
}

const shown = (value: unknown) => (typeof value === "string" ? value || "–" : JSON.stringify(value ?? "–"));

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LayoutTemplate, MessageCircle, Plus, Radio } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { channelsQuery, useAllowed, useKinds } from "@/lib/api/queries";
import type { Channel, ChannelKind } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { Button } from "@/ui/button";
import { Page } from "@/ui/page";
import { ChannelState } from "@/ui/state-badge";
import { Empty, Failure, NoPermission, SkeletonRows } from "@/ui/states";

const AddChannel = lazy(() => import("./add"));

export default function ChannelsPage() {
  return useAllowed("channels") ? <Channels /> : <NoPermission className="h-full" />;
}

function Channels() {
  const { t } = useTranslation(["channels", "common"]);
  const query = useQuery({ ...channelsQuery, refetchInterval: 30_000 }); // states change without an event
  const { data: kinds = [] } = useKinds();
  const may = useAllowed("channels", "manage");
  const [adding, setAdding] = useState(false);
  const channels = query.data ?? [];
  const kindOf = (c: Channel) => kinds.find((k) => k.kind === c.kind);
  const templates = channels.some((c) => kindOf(c)?.can.templates);
  const add = may && (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden />
      {t("add.open")}
    </Button>
  );
  return (
    <Page
      title={t("common:nav.channels")}
      lead={t("lead")}
      actions={
        channels.length > 0 && (
          <div className="flex flex-wrap gap-2">
            {templates && (
              <Button asChild>
                <Link to="/channels/templates">
                  <LayoutTemplate aria-hidden />
                  {t("templates")}
                </Link>
              </Button>
            )}
            {add}
          </div>
        )
      }
    >
      <section aria-label={t("common:nav.channels")} className="overflow-hidden rounded-lg border bg-surface">
        {query.isPending && <SkeletonRows rows={3} height={56} />}
        {query.isError && channels.length === 0 && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && channels.length === 0 && (
          <Empty icon={<Radio />} title={t("empty.title")} body={t("empty.body")} action={add} />
        )}
        {channels.length > 0 && (
          <ul className="divide-y">
            {channels.map((c) => (
              <Row key={c.id} channel={c} kind={kindOf(c)} />
            ))}
          </ul>
        )}
      </section>
      {adding && (
        <Suspense>
          <AddChannel onClose={() => setAdding(false)} />
        </Suspense>
      )}
    </Page>
  );
}

function Row({ channel: c, kind }: { channel: Channel; kind: ChannelKind | undefined }) {
  const { t } = useTranslation(["channels", "common"]);
  const format = useFormat();
  const now = useNow();
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-sunken">
      <span aria-hidden className="grid size-9 shrink-0 place-items-center rounded-full bg-accent-soft text-accent">
        <MessageCircle className="size-[18px]" />
      </span>
      <div className="min-w-0 flex-1">
        <Link
          to="/channels/$channel"
          params={{ channel: c.id }}
          className="font-medium after:absolute after:inset-0 after:content-['']"
        >
          {c.name}
        </Link>
        <p className="truncate text-muted text-xs">
          {[
            kind?.name ?? c.kind,
            c.bot ? t("bot.is", { name: c.bot.name }) : t("bot.none"),
            c.last_activity_at ? t("activity", { ago: format.ago(c.last_activity_at, now) }) : t("neverUsed"),
            c.lane.unsure > 0 && t("lane.unsure", { count: c.lane.unsure }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
      <ChannelState state={c.state} />
    </li>
  );
}

import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, Inbox, MessageCircleReply, MessagesSquare, Timer, TriangleAlert } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { useAllowed, useMe } from "@/lib/api/queries";
import type { Overview } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { Card, Page } from "@/ui/page";
import { BotState, ChannelState } from "@/ui/state-badge";
import { Empty, Failure, Skeleton } from "@/ui/states";
import { Checklist } from "./checklist";
import { HourlyBars } from "./hourly-bars";
import { Tile } from "./tile";
import { Waiting } from "./waiting";

const Incidents = lazy(() => import("./incidents"));

// The socket invalidates this key; the interval is for figures that change without an event.
const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: () => ok(client.GET("/api/v1/overview")),
  refetchInterval: 60_000,
  staleTime: 0, // whoever comes back has just done one of the first steps
});

/** How the shop's conversations are going right now. */
export default function OverviewPage() {
  const { t } = useTranslation(["overview", "common"]);
  const { user } = useMe();
  const query = useQuery(overviewQuery);
  if (query.isError && !query.data)
    return <Failure className="h-full" error={query.error} onRetry={() => query.refetch()} />;
  return (
    <Page title={t("title", { name: user.name.split(" ")[0] })}>
      {query.data ? <Figures data={query.data} /> : <Loading />}
    </Page>
  );
}

function Figures({ data }: { data: Overview }) {
  const { t } = useTranslation(["overview", "common"]);
  return (
    <>
      <Checklist done={data.checklist} />
      <Suspense>
        <Incidents />
      </Suspense>
      <Tiles data={data} />
      {(data.queue.failed_today > 0 || data.queue.unsure > 0) && (
        <p className="-mt-2 flex items-start gap-2 text-warn">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {[
            data.queue.failed_today > 0 && t("queue.failed", { count: data.queue.failed_today }),
            data.queue.unsure > 0 && t("queue.unsure", { count: data.queue.unsure }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="grid min-w-0 gap-4">
          <Card title={t("hourly.title")} lead={t("hourly.lead")}>
            <HourlyBars hours={data.hourly} />
          </Card>
          <Card title={t("bot.title")} lead={t("bot.lead")}>
            <BotDay data={data.bot} />
          </Card>
        </div>
        <div className="grid min-w-0 gap-4">
          <Waiting rows={data.waiting} total={data.conversations.waiting} />
          <Connected data={data} />
        </div>
      </div>
    </>
  );
}

function Tiles({ data }: { data: Overview }) {
  const { t } = useTranslation(["overview", "common"]);
  const format = useFormat();
  const { conversations: c, messages: m } = data;
  const reply = data.first_reply_seconds_p50;
  return (
    <dl className="grid grid-cols-2 gap-3 md:gap-4 lg:grid-cols-4">
      <Tile
        icon={<Inbox />}
        name={t("tile.waiting")}
        value={format.number(c.waiting)}
        note={t("tile.attended", { count: c.human })}
        tone={c.waiting > 0 ? "warn" : undefined}
        link={{ to: "/inbox/{-$conversation}", search: { state: "waiting" } }}
      />
      <Tile
        icon={<MessagesSquare />}
        name={t("tile.in")}
        value={format.number(m.in_today)}
        change={change(m.in_today, m.in_yesterday)}
      />
      <Tile
        icon={<MessageCircleReply />}
        name={t("tile.out")}
        value={format.number(m.out_today)}
        change={change(m.out_today, m.out_yesterday)}
      />
      <Tile
        icon={<Timer />}
        name={t("tile.reply")}
        value={reply === 0 ? "–" : format.duration(reply)}
        note={t("tile.closed", { count: c.closed_today })}
      />
    </dl>
  );
}

/** Share gained or lost since yesterday; nothing to compare with: undefined. */
const change = (today: number, yesterday: number) => (yesterday > 0 ? (today - yesterday) / yesterday : undefined);

function BotDay({ data }: { data: Overview["bot"] }) {
  const { t } = useTranslation(["overview", "common"]);
  const format = useFormat();
  const parts = [
    ["answered", data.answered_today, "bg-accent"],
    ["offered", data.offered_today, "bg-accent/55"],
    ["handedOff", data.handed_off_today, "bg-warn/70"],
  ] as const;
  const total = parts.reduce((sum, [, n]) => sum + n, 0);
  if (total === 0) return <p className="text-muted">{t("bot.none")}</p>;
  return (
    <div className="grid gap-3">
      <p>
        <span className="font-semibold text-xl tabular-nums">{format.percent(data.resolved_rate)}</span>{" "}
        <span className="text-muted">{t("bot.resolved")}</span>
      </p>
      <div aria-hidden className="flex h-2.5 gap-0.5 overflow-hidden rounded-full">
        {parts.map(([key, n, colour]) => n > 0 && <span key={key} className={colour} style={{ flexGrow: n }} />)}
      </div>
      <dl className="flex flex-wrap gap-x-6 gap-y-1">
        {parts.map(([key, n, colour]) => (
          <div key={key} className="flex items-center gap-2">
            <span aria-hidden className={`size-2.5 rounded-full ${colour}`} />
            <dt className="text-muted">{t(`bot.${key}`)}</dt>
            <dd className="font-medium tabular-nums">{format.number(n)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Channels and bots with their state. */
function Connected({ data }: { data: Overview }) {
  const { t } = useTranslation(["overview", "common"]);
  const channels = useAllowed("channels");
  const bots = useAllowed("bots");
  if (data.channels.length + data.bots.length === 0)
    return (
      <Card title={t("connected.title")} flush>
        <Empty icon={<Bot />} title={t("connected.none")} className="p-6" />
      </Card>
    );
  return (
    <Card title={t("connected.title")} flush>
      <ul className="divide-y border-t">
        {data.channels.map((c) => (
          <Line
            key={c.id}
            state={<ChannelState state={c.state} />}
            note={t("connected.messages", { count: c.messages_today })}
          >
            {channels ? (
              <Link to="/channels/$channel" params={{ channel: c.id }} className="hover:underline">
                {c.name}
              </Link>
            ) : (
              c.name
            )}
          </Line>
        ))}
        {data.bots.map((b) => (
          <Line key={b.id} state={<BotState state={b.state} />} note={t("connected.bot")}>
            {bots ? (
              <Link to="/bots/$bot" params={{ bot: b.id }} className="hover:underline">
                {b.name}
              </Link>
            ) : (
              b.name
            )}
          </Line>
        ))}
      </ul>
    </Card>
  );
}

function Line({ children, note, state }: { children: ReactNode; note: string; state: ReactNode }) {
  return (
    <li className="flex min-h-12 items-center gap-3 px-4 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{children}</p>
        <p className="truncate text-muted text-xs">{note}</p>
      </div>
      {state}
    </li>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("loading")} className="grid gap-4">
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} className="h-28 rounded-lg" />
        ))}
      </div>
      <Skeleton className="h-72 rounded-lg" />
    </div>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { CirclePause, OctagonAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { useAllowed, useKinds } from "@/lib/api/queries";
import type { Channel, ChannelKind } from "@/lib/api/types";
import { explained } from "@/lib/explained";
import { useFormat } from "@/lib/format";
import { Button } from "@/ui/button";
import { Failure, SkeletonRows } from "@/ui/states";
import { Tab, TabList, TabPanel, Tabs } from "@/ui/tabs";
import { say, sayProblem } from "@/ui/toast";
import { CapabilityTable } from "./capabilities";
import { Check } from "./check";
import { ChannelLog } from "./log";
import { putChannel } from "./queries";
import { SessionPanel } from "./session";
import { Setup } from "./setup";
import { TestMessage } from "./test-message";

/** The page of any channel that its kind describes: how to set it up, whether it works, what it can do. */
export default function KindPage({ channel }: { channel: Channel }) {
  const query = useKinds();
  const kind = query.data?.find((k) => k.kind === channel.kind);
  if (query.isError) return <Failure error={query.error} onRetry={() => query.refetch()} />;
  if (!kind) return <SkeletonRows rows={8} height={56} />;
  return <Parts channel={channel} kind={kind} />;
}

function Parts({ channel, kind }: { channel: Channel; kind: ChannelKind }) {
  const { t } = useTranslation(["channels", "common"]);
  const may = useAllowed("channels", "manage");
  const tabs = [
    ["session", kind.can.session && <SessionPanel channel={channel} kind={kind} />],
    ["setup", <Setup key="setup" channel={channel} kind={kind} />],
    ["check", may && (kind.can.check || kind.can.subscribe) && <Check channel={channel} kind={kind} />],
    ["test", may && <TestMessage channel={channel} kind={kind} />],
    ["limits", <CapabilityTable key="limits" kind={kind} />],
    ["log", may && <ChannelLog channel={channel} />],
  ] as const;
  const shown = tabs.filter(([, content]) => content);
  const [tab, setTab] = useState<string>(shown[0]?.[0] ?? "setup");
  return (
    <>
      <LaneState channel={channel} kind={kind} />
      <Tabs value={tab} onValueChange={setTab}>
        <TabList aria-label={t("tabs")}>
          {shown.map(([key]) => (
            <Tab key={key} value={key}>
              {t(`tab.${key}`)}
            </Tab>
          ))}
        </TabList>
        {shown.map(([key, content]) => (
          <TabPanel key={key} value={key} className="grid grid-cols-[minmax(0,1fr)] gap-4 pt-4">
            {content}
          </TabPanel>
        ))}
      </Tabs>
    </>
  );
}

/** Why nothing leaves, and what sets it going again. */
function LaneState({ channel, kind }: { channel: Channel; kind: ChannelKind }) {
  const { t } = useTranslation(["channels", "common"]);
  const format = useFormat();
  const qc = useQueryClient();
  const may = useAllowed("channels", "manage");
  const [busy, setBusy] = useState(false);
  const { stopped, waiting, paused_until: until } = channel.lane;
  const restart = async () => {
    setBusy(true);
    try {
      putChannel(qc, await ok(client.POST("/api/v1/channels/{id}/restart", { params: { path: { id: channel.id } } })));
      say(t("lane.restarted"));
    } catch (error) {
      sayProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const queued = waiting > 0 && ` ${t("lane.waiting", { count: waiting })}.`;
  if (stopped)
    return (
      <div
        role="alert"
        className="flex flex-wrap items-center gap-3 rounded-lg border border-danger/40 bg-danger/5 p-4"
      >
        <OctagonAlert aria-hidden className="size-5 shrink-0 text-danger" />
        <div className="min-w-0 flex-1 basis-60">
          <p className="font-medium">{t("lane.stopped")}</p>
          <p className="[overflow-wrap:anywhere]">
            {explained(kind.errors, stopped)}
            {queued}
          </p>
        </div>
        {may && (
          <Button busy={busy} onClick={() => void restart()}>
            {t("lane.restart")}
          </Button>
        )}
      </div>
    );
  if (until && Date.parse(until) > Date.now())
    return (
      <p className="flex items-start gap-2 text-warn">
        <CirclePause aria-hidden className="mt-0.5 size-4 shrink-0" />
        {t("lane.paused", { time: format.time(until) })}
        {queued}
      </p>
    );
  return null;
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import {
  CircleAlert,
  LoaderCircle,
  type LucideIcon,
  Moon,
  QrCode,
  Radio,
  RotateCw,
  Unplug,
  WifiOff,
} from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { useAllowed } from "@/lib/api/queries";
import type { Channel, ChannelKind, ChannelSession } from "@/lib/api/types";
import { explained } from "@/lib/explained";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Card } from "@/ui/page";
import { Failure, SkeletonRows } from "@/ui/states";
import { say, sayProblem } from "@/ui/toast";
import { LinkPhone } from "./link-phone";
import { channelQuery, sessionsQuery } from "./queries";

const looks: Record<ChannelSession["phase"], { icon: LucideIcon; tone: Tone }> = {
  unlinked: { icon: Unplug, tone: "neutral" },
  connecting: { icon: LoaderCircle, tone: "accent" },
  online: { icon: Radio, tone: "ok" },
  retrying: { icon: LoaderCircle, tone: "warn" },
  deaf: { icon: WifiOff, tone: "warn" },
  down: { icon: CircleAlert, tone: "danger" },
  asleep: { icon: Moon, tone: "neutral" },
};

type Props = { channel: Channel; kind: ChannelKind };

/** The phone behind a channel: whether it is linked, how its connection does, and what one can do about it. */
export function SessionPanel({ channel, kind }: Props) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const query = useQuery(sessionsQuery);
  const may = useAllowed("channels", "manage");
  const [linking, setLinking] = useState(false);
  const [unlinking, setUnlinking] = useState(false);
  const [busy, setBusy] = useState(false);
  const phase = query.data?.find((one) => one.channel_id === channel.id)?.phase;
  useEffect(() => {
    // The badge beside the name and the banner above speak of the same phone.
    if (phase) void qc.invalidateQueries({ queryKey: channelQuery(channel.id).queryKey });
  }, [phase, channel.id, qc]);
  if (query.isError && !query.data) return <Failure error={query.error} onRetry={() => query.refetch()} />;
  const s = query.data?.find((one) => one.channel_id === channel.id);
  if (!s) return <SkeletonRows rows={3} height={56} />;

  const params = { path: { id: channel.id } };
  const refresh = () => {
    void qc.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    void qc.invalidateQueries({ queryKey: channelQuery(channel.id).queryKey });
  };
  const restart = async () => {
    setBusy(true);
    try {
      await ok(client.POST("/api/v1/channels/{id}/session/restart", { params }));
      say(t("session.restarted"));
      refresh();
    } catch (error) {
      sayProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const unlink = async () => {
    await ok(client.POST("/api/v1/channels/{id}/unlink", { params }));
    refresh();
  };
  return (
    <>
      <Card
        title={t("session.title")}
        actions={
          may && (
            <div className="flex flex-wrap gap-2">
              {s.linked && (
                <Button size="sm" busy={busy} onClick={() => void restart()}>
                  <RotateCw aria-hidden />
                  {t("session.restart")}
                </Button>
              )}
              {s.linked && (
                <Button size="sm" variant="danger" onClick={() => setUnlinking(true)}>
                  <Unplug aria-hidden />
                  {t("session.unlink")}
                </Button>
              )}
              {kind.link.length > 0 && (!s.linked || s.phase === "down") && (
                <Button size="sm" variant="primary" onClick={() => setLinking(true)}>
                  <QrCode aria-hidden />
                  {t("session.link")}
                </Button>
              )}
            </div>
          )
        }
      >
        <Standing session={s} kind={kind} />
      </Card>
      <Gaps session={s} kind={kind} />
      {linking && <LinkPhone channel={channel} kind={kind} onClose={() => setLinking(false)} onDone={refresh} />}
      <Confirm
        open={unlinking}
        onClose={() => setUnlinking(false)}
        title={t("session.unlinkTitle", { name: channel.name })}
        body={t("session.unlinkBody")}
        action={t("session.unlink")}
        onConfirm={unlink}
      />
    </>
  );
}

function Standing({ session: s, kind }: { session: ChannelSession; kind: ChannelKind }) {
  const { t } = useTranslation(["channels", "common"]);
  const format = useFormat();
  const now = useNow();
  const { icon: Icon, tone } = looks[s.phase];
  const day = s.last_24_hours;
  const reason = s.code && s.phase !== "online" && explained(kind.errors, s.code);
  const facts = [
    [t("session.number"), s.number],
    [t("session.name"), s.name],
    [t("session.proved"), s.online_at && format.ago(s.online_at, now)],
    [t("session.messages"), t("session.day", { in: format.number(day.in), out: format.number(day.out) })],
    [t("session.silent"), day.silent_seconds > 0 ? format.duration(day.silent_seconds) : t("session.never")],
    [t("session.restarts"), format.number(s.restarts)],
  ] as const;
  return (
    <div className="grid gap-4">
      <div role="status" className="grid justify-items-start gap-1.5">
        <Badge tone={tone} icon={<Icon aria-hidden className={Icon === LoaderCircle ? "animate-spin" : ""} />}>
          {t(`session.phase.${s.phase}`)}
        </Badge>
        <p>
          {t(`session.about.${s.phase}`)}{" "}
          <span className="text-muted">
            {t("session.since", { time: format.moment(s.since) })}
            {s.wakes_at && ` ${t("session.wakes", { time: format.moment(s.wakes_at) })}`}
          </span>
        </p>
        {reason && <p className="[overflow-wrap:anywhere]">{reason}</p>}
        {s.detail && (
          <p className="text-muted text-xs [overflow-wrap:anywhere]">{t("check.detail", { detail: s.detail })}</p>
        )}
      </div>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 md:grid-cols-3">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-muted text-xs">{name}</dt>
            <dd className="font-medium [overflow-wrap:anywhere]">{value || "–"}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Gaps({ session: s, kind }: { session: ChannelSession; kind: ChannelKind }) {
  const { t } = useTranslation(["channels", "common"]);
  const format = useFormat();
  if (s.gaps.length === 0) return null;
  return (
    <Card title={t("session.gaps")} lead={t("session.gapsLead")} flush>
      <ul className="divide-y border-t">
        {s.gaps.map((g) => (
          <li key={g.from} className="flex flex-wrap gap-x-4 px-4 py-2.5">
            <span className="min-w-0 flex-1 basis-60">
              <span className="block">
                {t("session.gap", {
                  from: format.moment(g.from),
                  length: format.duration((Date.parse(g.to) - Date.parse(g.from)) / 1000),
                })}
              </span>
              {g.code && <span className="block text-muted text-xs">{explained(kind.errors, g.code)}</span>}
            </span>
            <span className="text-muted">{t("session.fetched", { count: g.fetched })}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

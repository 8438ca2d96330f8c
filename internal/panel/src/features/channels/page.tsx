import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { channelsQuery, useAllowed } from "@/lib/api/queries";
import type { Channel } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { ChannelState } from "@/ui/state-badge";
import { Failure, NoPermission, SkeletonRows } from "@/ui/states";
import { Switch } from "@/ui/switch";
import { say, sayProblem } from "@/ui/toast";
import { WEBCHAT } from "./defaults";
import { channelQuery, putChannel, sessionsQuery } from "./queries";

const SettingsForm = lazy(() => import("./form"));
const KindPage = lazy(() => import("./kind-page"));

const route = getRouteApi("/shell/channels/$channel");

export default function ChannelPage() {
  return useAllowed("channels") ? <Editor /> : <NoPermission className="h-full" />;
}

function Editor() {
  const { t } = useTranslation(["channels", "common"]);
  const { channel: id } = route.useParams();
  const query = useQuery({ ...channelQuery(id), refetchInterval: 30_000 });
  const c = query.data;
  if (query.isError && !c) return <Failure className="h-full" error={query.error} onRetry={() => query.refetch()} />;
  if (!c) return <SkeletonRows rows={8} height={56} />;
  return (
    <div className="mx-auto grid w-full max-w-6xl grid-cols-[minmax(0,1fr)] content-start gap-4 p-6 max-md:p-4">
      <header className="flex items-center gap-3 max-md:gap-2">
        <Button asChild variant="ghost" size="icon">
          <Link to="/channels" aria-label={t("back")}>
            <ArrowLeft />
          </Link>
        </Button>
        <div className="flex min-w-0 flex-1 items-center gap-3 max-md:flex-col max-md:items-start max-md:gap-0.5">
          <h1 className="max-w-full truncate font-semibold text-xl leading-7">{c.name}</h1>
          <ChannelState state={c.state} />
        </div>
        <div className="flex items-center gap-2">
          <Enabled channel={c} />
          <DeleteChannel channel={c} />
        </div>
      </header>
      <Suspense fallback={<SkeletonRows rows={8} height={56} />}>
        {c.kind === WEBCHAT ? <SettingsForm channel={c} /> : <KindPage channel={c} />}
      </Suspense>
    </div>
  );
}

/** Switched off, nothing leaves by it; what arrives is kept. */
function Enabled({ channel }: { channel: Channel }) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("channels", "write");
  const [busy, setBusy] = useState(false);
  const turn = async (enabled: boolean) => {
    setBusy(true);
    try {
      const params = { path: { id: channel.id } };
      putChannel(qc, await ok(client.PATCH("/api/v1/channels/{id}", { params, body: { enabled } })));
      say(t(enabled ? "enabled.on" : "enabled.off", { name: channel.name }));
    } catch (error) {
      sayProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <span className="flex items-center gap-2 px-1">
      <span aria-hidden className="text-muted max-sm:hidden">
        {t(channel.enabled ? "enabled.yes" : "enabled.no")}
      </span>
      <Switch
        aria-label={t("enabled.label")}
        checked={channel.enabled}
        disabled={!may || busy}
        onCheckedChange={(on) => void turn(on)}
      />
    </span>
  );
}

function DeleteChannel({ channel }: { channel: Channel }) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const navigate = route.useNavigate();
  const may = useAllowed("channels", "manage");
  const [open, setOpen] = useState(false);
  const { data: sessions } = useQuery({ ...sessionsQuery, enabled: open });
  if (!may) return null;
  const phone = sessions?.find((one) => one.channel_id === channel.id && one.linked);
  const remove = async () => {
    const left = await ok(client.DELETE("/api/v1/channels/{id}", { params: { path: { id: channel.id } } }));
    await navigate({ to: "/channels" });
    qc.removeQueries({ queryKey: channelQuery(channel.id).queryKey });
    void qc.invalidateQueries({ queryKey: channelsQuery.queryKey, exact: true });
    say(t(left.device ? "delete.doneDevice" : "delete.done", { name: channel.name }));
  };
  return (
    <>
      <Button variant="ghost" size="icon" aria-label={t("delete.open")} onClick={() => setOpen(true)}>
        <Trash2 />
      </Button>
      <Confirm
        open={open}
        onClose={() => setOpen(false)}
        title={t("delete.title", { name: channel.name })}
        body={[
          t(channel.kind === WEBCHAT ? "delete.body" : "delete.bodyKind"),
          phone && t(phone.phase === "online" ? "delete.phone" : "delete.phoneAway", { number: phone.number }),
          channel.seen_origin && t("delete.seen", { origin: channel.seen_origin }),
          channel.lane.waiting > 0 && t("delete.waiting", { count: channel.lane.waiting }),
        ]
          .filter(Boolean)
          .join(" ")}
        action={t("delete.open")}
        onConfirm={remove}
      />
    </>
  );
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { channelsQuery, useAllowed } from "@/lib/api/queries";
import type { Channel } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { ChannelState } from "@/ui/state-badge";
import { Failure, NoPermission, SkeletonRows } from "@/ui/states";
import { say } from "@/ui/toast";
import { SettingsForm } from "./form";
import { channelQuery } from "./queries";

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
        <h1 className="min-w-0 truncate font-semibold text-xl leading-7">{c.name}</h1>
        <ChannelState state={c.state} />
        <div className="ml-auto">
          <DeleteChannel channel={c} />
        </div>
      </header>
      <SettingsForm channel={c} />
    </div>
  );
}

function DeleteChannel({ channel }: { channel: Channel }) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const navigate = route.useNavigate();
  const may = useAllowed("channels", "manage");
  const [open, setOpen] = useState(false);
  if (!may) return null;
  const remove = async () => {
    await ok(client.DELETE("/api/v1/channels/{id}", { params: { path: { id: channel.id } } }));
    await navigate({ to: "/channels" });
    qc.removeQueries({ queryKey: channelQuery(channel.id).queryKey });
    void qc.invalidateQueries({ queryKey: channelsQuery.queryKey, exact: true });
    say(t("delete.done", { name: channel.name }));
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
          t("delete.body"),
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

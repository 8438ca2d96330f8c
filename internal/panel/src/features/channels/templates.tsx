import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  ArrowLeft,
  CircleCheck,
  CircleX,
  Clock,
  LayoutTemplate,
  type LucideIcon,
  Pause,
  Plus,
  RotateCw,
  Trash2,
} from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { channelsQuery, templatesQuery, useAllowed, useKinds } from "@/lib/api/queries";
import type { Channel, Template } from "@/lib/api/types";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Card, Page } from "@/ui/page";
import { Empty, Failure, NoPermission, SkeletonRows } from "@/ui/states";
import { TemplateView } from "@/ui/template-view";
import { say, sayProblem } from "@/ui/toast";

const TemplateForm = lazy(() => import("./template-form"));

export default function TemplatesPage() {
  return useAllowed("channels") ? <Templates /> : <NoPermission className="h-full" />;
}

/** The messages that platforms approve beforehand, by channel. */
function Templates() {
  const { t } = useTranslation(["templates", "common"]);
  const channels = useQuery(channelsQuery);
  const kinds = useKinds();
  const query = useQuery(templatesQuery());
  const failed = [channels, kinds, query].find((q) => q.isError && !q.data);
  const having = channels.data?.filter((c) => kinds.data?.find((k) => k.kind === c.kind)?.can.templates) ?? [];
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      actions={
        <Button asChild>
          <Link to="/channels">
            <ArrowLeft aria-hidden />
            {t("back")}
          </Link>
        </Button>
      }
    >
      {failed && <Failure error={failed.error} onRetry={() => failed.refetch()} />}
      {!failed && !(channels.data && kinds.data && query.data) && <SkeletonRows rows={5} height={64} />}
      {query.data && channels.data && kinds.data && having.length === 0 && (
        <Empty icon={<LayoutTemplate />} title={t("noChannel.title")} body={t("noChannel.body")} />
      )}
      {query.data &&
        having.map((c) => (
          <OfChannel key={c.id} channel={c} templates={query.data.filter((one) => one.channel_id === c.id)} />
        ))}
    </Page>
  );
}

function OfChannel({ channel, templates }: { channel: Channel; templates: Template[] }) {
  const { t } = useTranslation(["templates", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("channels", "manage");
  const [writing, setWriting] = useState(false);
  const [deleting, setDeleting] = useState<Template>();
  const changed = () => qc.invalidateQueries({ queryKey: ["templates"] });
  const params = { path: { id: channel.id } };
  const sync = useMutation({
    mutationFn: () => ok(client.POST("/api/v1/channels/{id}/templates/sync", { params })),
    onSuccess: async ({ items }) => {
      await changed();
      say(t("synced", { count: items.length }));
    },
    onError: sayProblem,
  });
  const remove = async ({ id, name }: Template) => {
    await ok(client.DELETE("/api/v1/templates/{id}", { params: { path: { id } } }));
    await changed();
    say(t("delete.done", { name }));
  };
  return (
    <Card
      title={channel.name}
      flush
      actions={
        may && (
          <div className="flex flex-wrap gap-2">
            <Button size="sm" busy={sync.isPending} onClick={() => sync.mutate()}>
              {!sync.isPending && <RotateCw aria-hidden />}
              {t("sync")}
            </Button>
            <Button size="sm" onClick={() => setWriting(true)}>
              <Plus aria-hidden />
              {t("new")}
            </Button>
          </div>
        )
      }
    >
      {templates.length === 0 && (
        <Empty icon={<LayoutTemplate />} title={t("empty.title")} body={t("empty.body")} className="p-6" />
      )}
      {templates.length > 0 && (
        <ul className="divide-y border-t">
          {templates.map((one) => (
            <Row key={one.id} template={one} onDelete={may ? () => setDeleting(one) : undefined} />
          ))}
        </ul>
      )}
      {writing && (
        <Suspense>
          <TemplateForm
            channel={channel}
            onClose={() => setWriting(false)}
            onSaved={(name) => {
              setWriting(false);
              void changed();
              say(t("submitted", { name }));
            }}
          />
        </Suspense>
      )}
      <Confirm
        open={!!deleting}
        onClose={() => setDeleting(undefined)}
        title={t("delete.title", { name: deleting?.name })}
        body={t("delete.body", { channel: channel.name })}
        action={t("common:delete")}
        onConfirm={async () => deleting && (await remove(deleting))}
      />
    </Card>
  );
}

type Status = NonNullable<Template["status"]>;

const looks: Record<Status, { icon: LucideIcon; tone: Tone }> = {
  draft: { icon: Clock, tone: "neutral" },
  pending: { icon: Clock, tone: "warn" },
  approved: { icon: CircleCheck, tone: "ok" },
  rejected: { icon: CircleX, tone: "danger" },
  paused: { icon: Pause, tone: "warn" },
  disabled: { icon: CircleX, tone: "danger" },
};

function Row({ template: v, onDelete }: { template: Template; onDelete?: () => void }) {
  const { t } = useTranslation(["templates", "common"]);
  const status = v.status ?? "pending";
  const { icon: Icon, tone } = looks[status];
  return (
    <li className="grid gap-3 px-4 py-3 md:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="grid min-w-0 content-start justify-items-start gap-1.5">
        <p className="font-medium [overflow-wrap:anywhere]">{v.name}</p>
        <p className="text-muted text-xs">
          {[t(`category.${v.category}`), v.language, t(`quality.${v.quality ?? "unknown"}`)].join(" · ")}
        </p>
        <Badge tone={tone} icon={<Icon aria-hidden />}>
          {t(`status.${status}`)}
        </Badge>
        {v.reason && (
          <p className="text-danger text-xs [overflow-wrap:anywhere]">{t("reason", { reason: v.reason })}</p>
        )}
      </div>
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <TemplateView template={v} values={v.samples ?? []} />
        </div>
        {onDelete && (
          <Button variant="ghost" size="icon" aria-label={t("delete.open", { name: v.name })} onClick={onDelete}>
            <Trash2 />
          </Button>
        )}
      </div>
    </li>
  );
}

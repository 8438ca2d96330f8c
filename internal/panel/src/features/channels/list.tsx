import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { MessageCircle, Plus, Radio } from "lucide-react";
import { useId, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { botsQuery, channelsQuery, useAllowed, useMe } from "@/lib/api/queries";
import type { Channel } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input, Select } from "@/ui/field";
import { Page } from "@/ui/page";
import { ChannelState } from "@/ui/state-badge";
import { Empty, Failure, NoPermission, SkeletonRows } from "@/ui/states";
import { newWebchat } from "./defaults";

export default function ChannelsPage() {
  return useAllowed("channels") ? <Channels /> : <NoPermission className="h-full" />;
}

function Channels() {
  const { t } = useTranslation(["channels", "common"]);
  const query = useQuery({ ...channelsQuery, refetchInterval: 30_000 }); // states change without an event
  const may = useAllowed("channels", "manage");
  const [creating, setCreating] = useState(false);
  const channels = query.data ?? [];
  const create = may && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      {t("create.open")}
    </Button>
  );
  return (
    <Page title={t("common:nav.channels")} lead={t("lead")} actions={channels.length > 0 && create}>
      <section aria-label={t("common:nav.channels")} className="overflow-hidden rounded-lg border bg-surface">
        {query.isPending && <SkeletonRows rows={3} height={56} />}
        {query.isError && channels.length === 0 && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && channels.length === 0 && (
          <Empty icon={<Radio />} title={t("empty.title")} body={t("empty.body")} action={create} />
        )}
        {channels.length > 0 && (
          <ul className="divide-y">
            {channels.map((c) => (
              <Row key={c.id} channel={c} />
            ))}
          </ul>
        )}
      </section>
      {creating && <CreateWebchat onClose={() => setCreating(false)} />}
    </Page>
  );
}

function Row({ channel: c }: { channel: Channel }) {
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
            t(`kind.${c.kind}` as "kind.webchat", { defaultValue: c.kind }),
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

function CreateWebchat({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const navigate = useNavigate();
  const { company } = useMe();
  const { data: bots = [] } = useQuery({ ...botsQuery, enabled: useAllowed("bots") });
  const id = useId();
  const schema = z.object({ name: z.string().trim().min(1, t("form.required")).max(80), bot_id: z.string() });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { name: company.name, bot_id: "" } });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ name, bot_id }) => {
    const settings = newWebchat({
      title: name,
      subtitle: t("start.subtitle"),
      greeting: t("start.greeting"),
      launcher: t("start.launcher"),
      away: t("start.away"),
    });
    try {
      const channel = await ok(
        client.POST("/api/v1/channels", { body: { kind: "webchat", name, bot_id: bot_id || undefined, settings } }),
      );
      void qc.invalidateQueries({ queryKey: channelsQuery.queryKey });
      await navigate({ to: "/channels/$channel", params: { channel: channel.id } });
    } catch (error) {
      showProblem(Problem.from(error), form.setError, ["name", "bot_id"]);
    }
  });

  return (
    <Dialog
      open
      onClose={onClose}
      title={t("create.title")}
      description={t("create.lead")}
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="submit" form={id} variant="primary" busy={isSubmitting}>
            {t("create.submit")}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} noValidate className="grid gap-4">
        <FormError message={errors.root?.message} />
        <Field label={t("name")} error={errors.name?.message} hint={t("nameHint")}>
          <Input autoFocus {...form.register("name")} />
        </Field>
        <Field label={t("bot.label")} error={errors.bot_id?.message} hint={t("bot.hint")}>
          <Select {...form.register("bot_id")}>
            <option value="">{t("bot.none")}</option>
            {bots.map((b) => (
              <option key={b.id} value={b.id}>
                {b.name}
              </option>
            ))}
          </Select>
        </Field>
      </form>
    </Dialog>
  );
}

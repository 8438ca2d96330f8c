import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Bot, Plus } from "lucide-react";
import { useId, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "@/i18n";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { botsQuery, useAllowed, useMe } from "@/lib/api/queries";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input, Select } from "@/ui/field";
import { Page } from "@/ui/page";
import { BotState } from "@/ui/state-badge";
import { Empty, Failure, NoPermission, SkeletonRows } from "@/ui/states";

export default function BotsPage() {
  return useAllowed("bots") ? <Bots /> : <NoPermission className="h-full" />;
}

function Bots() {
  const { t } = useTranslation(["bots", "common"]);
  const query = useQuery(botsQuery);
  const may = useAllowed("bots", "manage");
  const [creating, setCreating] = useState(false);
  const bots = query.data ?? [];
  const create = may && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden />
      {t("create.open")}
    </Button>
  );
  return (
    <Page title={t("common:nav.bots")} lead={t("lead")} actions={bots.length > 0 && create}>
      <section aria-label={t("common:nav.bots")} className="overflow-hidden rounded-lg border bg-surface">
        {query.isPending && <SkeletonRows rows={3} height={56} />}
        {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && bots.length === 0 && (
          <Empty icon={<Bot />} title={t("empty.title")} body={t("empty.body")} action={create} />
        )}
        {bots.length > 0 && (
          <ul className="divide-y">
            {bots.map((b) => (
              <li key={b.id} className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-sunken">
                <span
                  aria-hidden
                  className="grid size-9 shrink-0 place-items-center rounded-full bg-accent-soft text-accent"
                >
                  <Bot className="size-[18px]" />
                </span>
                <div className="min-w-0 flex-1">
                  <Link
                    to="/bots/$bot"
                    params={{ bot: b.id }}
                    className="font-medium after:absolute after:inset-0 after:content-['']"
                  >
                    {b.name}
                  </Link>
                  <p className="truncate text-muted text-xs">
                    {[
                      t("count.rules", { count: b.counts.rules }),
                      t("count.faqs", { count: b.counts.faqs }),
                      b.channels.length > 0 ? b.channels.map((c) => c.name).join(", ") : t("noChannel"),
                    ].join(" · ")}
                  </p>
                </div>
                <BotState state={b.state} />
              </li>
            ))}
          </ul>
        )}
      </section>
      {creating && <CreateBot onClose={() => setCreating(false)} />}
    </Page>
  );
}

function CreateBot({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["bots", "common"]);
  const qc = useQueryClient();
  const navigate = useNavigate();
  const { company } = useMe();
  const id = useId();
  const schema = z.object({ name: z.string().trim().min(1, t("form.required")).max(80), language: z.enum(LANGUAGES) });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { name: "", language: company.language } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      const bot = await ok(client.POST("/api/v1/bots", { body }));
      void qc.invalidateQueries({ queryKey: botsQuery.queryKey });
      await navigate({ to: "/bots/$bot", params: { bot: bot.id } });
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("create.title")}
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
        <Field label={t("general.name")} error={errors.name?.message} hint={t("general.nameHint")}>
          <Input autoFocus {...form.register("name")} />
        </Field>
        <Field label={t("common:language.title")} error={errors.language?.message}>
          <Select {...form.register("language")}>
            {LANGUAGES.map((one) => (
              <option key={one} value={one}>
                {t(`common:language.${one}`)}
              </option>
            ))}
          </Select>
        </Field>
      </form>
    </Dialog>
  );
}

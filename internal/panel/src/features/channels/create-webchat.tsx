import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useId } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { channelsQuery, useMe } from "@/lib/api/queries";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input } from "@/ui/field";
import { BotSelect } from "./bot-select";
import { newWebchat, WEBCHAT } from "./defaults";

/** A web chat needs only a name: its looks have a page of their own. */
export function CreateWebchat({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const navigate = useNavigate();
  const { company } = useMe();
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
        client.POST("/api/v1/channels", { body: { kind: WEBCHAT, name, bot_id: bot_id || undefined, settings } }),
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
          <BotSelect {...form.register("bot_id")} value={form.watch("bot_id")} />
        </Field>
      </form>
    </Dialog>
  );
}

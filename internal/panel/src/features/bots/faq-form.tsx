import { zodResolver } from "@hookform/resolvers/zod";
import { Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { useAllowed } from "@/lib/api/queries";
import type { FAQ } from "@/lib/api/types";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Checkbox, Field, FormError, Textarea } from "@/ui/field";
import { message } from "./list-error";

type Props = { bot: string; faq: FAQ | null; onClose: () => void; onSaved: () => void };

/** A question, its answer and other ways of asking it. faq null: a new one. */
export default function FaqForm({ bot, faq, onClose, onSaved }: Props) {
  const { t } = useTranslation(["bots", "common"]);
  const id = useId();
  const may = useAllowed("bots", "write");
  const [deleting, setDeleting] = useState(false);
  const schema = z.object({
    question: z.string().trim().min(1, t("form.required")),
    answer: z.string().trim().min(1, t("form.required")),
    variants: z.array(z.string()),
    enabled: z.boolean(),
  });
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: {
      question: faq?.question ?? "",
      answer: faq?.answer ?? "",
      variants: faq?.variants ?? [],
      enabled: faq?.enabled ?? true,
    },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    try {
      await (faq
        ? ok(client.PATCH("/api/v1/bots/{id}/faqs/{faq}", { params: { path: { id: bot, faq: faq.id } }, body }))
        : ok(client.POST("/api/v1/bots/{id}/faqs", { params: { path: { id: bot } }, body })));
      onSaved();
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });
  const remove = async () => {
    if (!faq) return;
    await ok(client.DELETE("/api/v1/bots/{id}/faqs/{faq}", { params: { path: { id: bot, faq: faq.id } } }));
    onSaved();
  };

  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={t(faq ? "faqs.edit" : "faqs.add")}
      footer={
        may && (
          <>
            {faq && (
              <Button variant="danger" className="mr-auto" onClick={() => setDeleting(true)}>
                <Trash2 aria-hidden />
                {t("common:delete")}
              </Button>
            )}
            <Button onClick={onClose}>{t("common:cancel")}</Button>
            <Button type="submit" form={id} variant="primary" busy={isSubmitting}>
              {t("common:save")}
            </Button>
          </>
        )
      }
    >
      <form id={id} onSubmit={submit} noValidate>
        <fieldset disabled={!may} className="grid min-w-0 gap-5">
          <FormError message={errors.root?.message} />
          <Field label={t("faq.question")} error={errors.question?.message}>
            <Textarea rows={2} autoFocus={!faq} {...form.register("question")} />
          </Field>
          <Field label={t("faq.answer")} error={errors.answer?.message} hint={t("faq.answerHint")}>
            <Textarea rows={5} {...form.register("answer")} />
          </Field>
          <Controller
            control={form.control}
            name="variants"
            render={({ field }) => (
              <Chips
                label={t("faq.variants")}
                hint={t("faq.variantsHint")}
                value={field.value}
                onChange={field.onChange}
                error={message(errors.variants)}
              />
            )}
          />
          <Checkbox label={t("faq.enabled")} hint={t("faq.enabledHint")} {...form.register("enabled")} />
          {faq?.external_id && (
            <p className="text-muted text-xs">
              {t("faq.externalId")} <code>{faq.external_id}</code>
            </p>
          )}
        </fieldset>
      </form>
      {faq && (
        <Confirm
          open={deleting}
          onClose={() => setDeleting(false)}
          title={t("faqs.delete.title")}
          body={t("faqs.delete.body", { question: faq.question })}
          action={t("common:delete")}
          onConfirm={remove}
        />
      )}
    </Dialog>
  );
}

import { zodResolver } from "@hookform/resolvers/zod";
import { useId } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Problem, showProblem } from "@/lib/api/problem";
import { useFormat } from "@/lib/format";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input } from "@/ui/field";
import { type ModelKey, setModelKey } from "./queries";

// What the server takes for a company's first key.
const FIRST = { base_url: "https://api.openai.com/v1", model: "", budget: 200_000 };
const MAX_BUDGET = 1_000_000_000;

type Props = { model: ModelKey | undefined; onClose: () => void; onSaved: (now: ModelKey) => void };

/** Where the model is asked, by which key, and how much it may spend. The key goes in and never comes back. */
export function ModelForm({ model, onClose, onSaved }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const id = useId();
  const { base_url, model: name, budget } = model ?? FIRST;
  const beyond = { error: t("models.budgetRule", { max: useFormat().number(MAX_BUDGET) }) };
  const schema = z
    .object({
      base_url: z.string().trim().min(1, t("form.required")),
      model: z.string().trim().min(1, t("form.required")),
      key: z.string().trim(),
      budget: z.number(beyond).int(beyond).min(0, beyond).max(MAX_BUDGET, beyond),
    })
    // The server's rule: whoever may change the address must not have the old key sent there.
    .refine((v) => v.key !== "" || v.base_url === model?.base_url, {
      path: ["key"],
      error: t(model ? "models.keyAgain" : "form.required"),
    });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { base_url, model: name, key: "", budget } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async ({ key, ...rest }) => {
    try {
      onSaved(await setModelKey({ ...rest, ...(key && { key }) }));
    } catch (error) {
      showProblem(Problem.from(error), form.setError, ["base_url", "model", "key", "budget"]);
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(model ? "models.edit" : "models.add")}
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="submit" form={id} variant="primary" busy={isSubmitting}>
            {t("common:save")}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} noValidate className="grid gap-4">
        <FormError message={errors.root?.message} />
        <Field label={t("models.url")} error={errors.base_url?.message} hint={t("models.urlHint")}>
          <Input type="url" maxLength={500} spellCheck={false} {...form.register("base_url")} />
        </Field>
        <Field
          label={t("models.model")}
          error={errors.model?.message}
          hint={t("models.modelHint", { example: "gpt-5-mini" })}
        >
          <Input maxLength={120} spellCheck={false} autoCapitalize="none" {...form.register("model")} />
        </Field>
        <Field
          label={t("models.key")}
          error={errors.key?.message}
          hint={model ? t("models.keyKept", { last: model.last4 }) : t("models.keyHint")}
        >
          <Input
            type="password"
            maxLength={500}
            autoComplete="new-password"
            placeholder={model && `•••• ${model.last4}`}
            {...form.register("key")}
          />
        </Field>
        <Field label={t("models.budget")} error={errors.budget?.message} hint={t("models.budgetHint")}>
          <Input type="number" min={0} max={MAX_BUDGET} {...form.register("budget", { valueAsNumber: true })} />
        </Field>
      </form>
    </Dialog>
  );
}

import { zodResolver } from "@hookform/resolvers/zod";
import { Braces } from "lucide-react";
import { useId } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { useMe } from "@/lib/api/queries";
import type { Channel } from "@/lib/api/types";
import { placesOf } from "@/lib/template";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input, Select, Textarea } from "@/ui/field";
import { TemplateView } from "@/ui/template-view";
import { CATEGORIES, draftToSend, type TemplateDraft, templateSchema } from "./template-schema";

type Props = { channel: Channel; onClose: () => void; onSaved: (name: string) => void };

/** A template to submit for approval, with how it will look. */
export default function TemplateForm({ channel, onClose, onSaved }: Props) {
  const { t } = useTranslation(["templates", "common"]);
  const id = useId();
  const { language } = useMe().company;
  const schema = templateSchema({
    required: t("form.required"),
    long: t("form.long"),
    name: t("form.name"),
    language: t("form.language"),
    bad: t("form.bad"),
    gap: t("form.gap"),
    edge: t("form.edge"),
  });
  const form = useForm<TemplateDraft>({
    resolver: zodResolver(schema),
    defaultValues: {
      name: "",
      language,
      category: "utility",
      header: "",
      body: "",
      footer: "",
      samples: [],
      buttons: [],
    },
  });
  const { errors, isSubmitting } = form.formState;
  const draft = form.watch();
  const places = placesOf(draft.body);

  const submit = form.handleSubmit(async (values) => {
    try {
      const made = await ok(
        client.POST("/api/v1/channels/{id}/templates", {
          params: { path: { id: channel.id } },
          body: draftToSend(values),
        }),
      );
      onSaved(made.name);
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(values));
    }
  });
  const addPlace = () => {
    const body = form.getValues("body");
    form.setValue("body", `${body}{{${placesOf(body) + 1}}}`, { shouldDirty: true });
    form.setFocus("body");
  };

  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={t("form.title")}
      description={t("form.lead", { channel: channel.name })}
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="submit" form={id} variant="primary" busy={isSubmitting}>
            {t("form.submit")}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} noValidate className="grid gap-4">
        <FormError message={errors.root?.message} />
        <Field label={t("form.nameLabel")} hint={t("form.nameHint")} error={errors.name?.message}>
          <Input {...form.register("name")} autoFocus autoComplete="off" spellCheck={false} />
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("form.languageLabel")} hint={t("form.languageHint")} error={errors.language?.message}>
            <Input {...form.register("language")} autoComplete="off" spellCheck={false} />
          </Field>
          <Field label={t("form.category")} hint={t(`categoryHint.${draft.category}`)} error={errors.category?.message}>
            <Select {...form.register("category")}>
              {CATEGORIES.map((one) => (
                <option key={one} value={one}>
                  {t(`category.${one}`)}
                </option>
              ))}
            </Select>
          </Field>
        </div>
        <Field label={t("form.header")} error={errors.header?.message}>
          <Input {...form.register("header")} />
        </Field>
        <Field label={t("form.body")} hint={t("form.bodyHint")} error={errors.body?.message}>
          <Textarea rows={5} {...form.register("body")} />
        </Field>
        <Button size="sm" className="justify-self-start" onClick={addPlace}>
          <Braces aria-hidden />
          {t("form.addPlace")}
        </Button>
        {places > 0 && (
          <fieldset className="grid gap-3">
            <legend className="mb-1.5 font-medium">{t("form.samples")}</legend>
            {Array.from({ length: places }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a place is its number
              <Field key={i} label={t("form.sample", { n: i + 1 })} error={errors.samples?.[i]?.message}>
                <Input {...form.register(`samples.${i}`)} />
              </Field>
            ))}
            {errors.samples?.message && <FormError message={errors.samples.message} />}
          </fieldset>
        )}
        <Field label={t("form.footer")} error={errors.footer?.message}>
          <Input {...form.register("footer")} />
        </Field>
        <Controller
          control={form.control}
          name="buttons"
          render={({ field }) => (
            <Chips
              label={t("form.buttons")}
              hint={t("form.buttonsHint")}
              value={field.value}
              onChange={field.onChange}
              error={errors.buttons?.message ?? errors.buttons?.find?.((e) => e?.message)?.message}
            />
          )}
        />
        <section aria-label={t("form.preview")} className="grid gap-2">
          <h3 className="font-medium">{t("form.preview")}</h3>
          <TemplateView template={draft} values={draft.samples} />
        </section>
      </form>
    </Dialog>
  );
}

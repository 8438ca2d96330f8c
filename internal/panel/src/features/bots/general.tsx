import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { botsQuery, useAllowed } from "@/lib/api/queries";
import type { Bot, Hours } from "@/lib/api/types";
import { z } from "@/lib/zod";
import { Chips } from "@/ui/chips";
import { Checkbox, Field, FormError, Input, Select, Textarea } from "@/ui/field";
import { OwnHours } from "@/ui/hours";
import { Card } from "@/ui/page";
import { SaveBar } from "@/ui/save-bar";
import { say } from "@/ui/toast";
import { botQuery } from "./queries";
import { Thresholds } from "./thresholds";

const LANGUAGES = ["es", "en", "auto"] as const;
const TONES = ["neutral", "warm", "formal"] as const;
const sentence = z.string().max(1000);

const schema = (required: string) =>
  z.object({
    name: z.string().trim().min(1, required).max(80),
    language: z.enum(LANGUAGES),
    tone: z.enum(TONES),
    greeting: sentence,
    fallback: z.object({ text: sentence, handoff: z.boolean() }),
    handoff: z.object({
      text: sentence,
      away_text: sentence,
      ack_minutes: z.number({ error: required }).int().min(0).max(10_080),
      words: z.array(z.string()).max(50),
    }),
    hours: z.custom<Hours | null>(),
    thresholds: z.object({ answer: z.number().min(0).max(1), offer: z.number().min(0).max(1) }),
  });

const values = (b: Bot) => ({
  name: b.name,
  language: b.language,
  tone: b.tone,
  greeting: b.greeting,
  fallback: b.fallback,
  handoff: b.handoff,
  hours: b.hours ?? null,
  thresholds: b.thresholds,
});

/** How the bot speaks, when it gives up, and to whom it hands over. */
export function General({ bot }: { bot: Bot }) {
  const { t } = useTranslation(["bots", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("bots", "write");
  const form = useForm({ resolver: zodResolver(schema(t("form.required"))), defaultValues: values(bot) });
  const { errors, isSubmitting, isDirty } = form.formState;
  useEffect(() => {
    if (!form.formState.isDirty) form.reset(values(bot));
  }, [bot, form]);

  const submit = form.handleSubmit(async (body) => {
    try {
      const now = await ok(client.PATCH("/api/v1/bots/{id}", { params: { path: { id: bot.id } }, body }));
      form.reset(values(now));
      qc.setQueryData(botQuery(bot.id).queryKey, now);
      void qc.invalidateQueries({ queryKey: botsQuery.queryKey, exact: true });
      say(t("common:saved"));
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <fieldset disabled={!may} className="grid min-w-0 max-w-3xl grid-cols-[minmax(0,1fr)] gap-4">
        <FormError message={errors.root?.message} />
        <Card title={t("general.voice")}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label={t("general.name")}
              error={errors.name?.message}
              hint={t("general.nameHint")}
              className="sm:col-span-2"
            >
              <Input {...form.register("name")} />
            </Field>
            <Field label={t("common:language.title")} error={errors.language?.message}>
              <Select {...form.register("language")}>
                {LANGUAGES.map((one) => (
                  <option key={one} value={one}>
                    {one === "auto" ? t("general.languageAuto") : t(`common:language.${one}`)}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label={t("general.tone")} error={errors.tone?.message}>
              <Select {...form.register("tone")}>
                {TONES.map((one) => (
                  <option key={one} value={one}>
                    {t(`tone.${one}`)}
                  </option>
                ))}
              </Select>
            </Field>
            <Field
              label={t("general.greeting")}
              error={errors.greeting?.message}
              hint={t("general.greetingHint")}
              className="sm:col-span-2"
            >
              <Textarea {...form.register("greeting")} />
            </Field>
          </div>
        </Card>
        <Card title={t("general.unsure")} lead={t("general.unsureLead")}>
          <div className="grid gap-4">
            <Controller
              control={form.control}
              name="thresholds"
              render={({ field }) => <Thresholds value={field.value} onChange={field.onChange} />}
            />
            <Field label={t("general.fallback")} error={errors.fallback?.text?.message} hint={t("general.builtIn")}>
              <Textarea {...form.register("fallback.text")} />
            </Field>
            <Checkbox
              label={t("general.fallbackHandoff")}
              hint={t("general.fallbackHandoffHint")}
              {...form.register("fallback.handoff")}
            />
          </div>
        </Card>
        <Card title={t("general.handoff")} lead={t("general.handoffLead")}>
          <div className="grid gap-4">
            <Controller
              control={form.control}
              name="handoff.words"
              render={({ field }) => (
                <Chips
                  comma
                  label={t("general.words")}
                  hint={t("general.wordsHint")}
                  value={field.value}
                  onChange={field.onChange}
                  error={errors.handoff?.words?.message}
                />
              )}
            />
            <Field
              label={t("general.handoffText")}
              error={errors.handoff?.text?.message}
              hint={t("general.handoffTextHint")}
            >
              <Textarea {...form.register("handoff.text")} />
            </Field>
            <Field
              label={t("general.minutes")}
              error={errors.handoff?.ack_minutes?.message}
              hint={t("general.minutesHint")}
            >
              <Input
                type="number"
                inputMode="numeric"
                min={0}
                max={10080}
                className="w-32"
                {...form.register("handoff.ack_minutes", { valueAsNumber: true })}
              />
            </Field>
            <Field label={t("general.away")} error={errors.handoff?.away_text?.message} hint={t("general.awayHint")}>
              <Textarea {...form.register("handoff.away_text")} />
            </Field>
          </div>
        </Card>
        <Card title={t("general.hours")} lead={t("general.hoursLead")}>
          <Controller
            control={form.control}
            name="hours"
            render={({ field }) => <OwnHours value={field.value} onChange={field.onChange} />}
          />
        </Card>
        <SaveBar dirty={isDirty} busy={isSubmitting} onReset={() => form.reset()} />
      </fieldset>
    </form>
  );
}

import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { labelsQuery, useAllowed } from "@/lib/api/queries";
import type { Bot, Content, Hours, Rule } from "@/lib/api/types";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Checkbox, Field, FormError, Input, Select } from "@/ui/field";
import { HoursEditor, officeHours } from "@/ui/hours";
import { Answers } from "./answers";
import { message } from "./list-error";

const MATCHES = ["contains", "any_of", "exact", "starts", "regex"] as const;
const WHENS = ["always", "open", "closed", "custom"] as const;
const THENS = ["stay", "handoff", "close"] as const;

const schema = (need: { required: string; patterns: string; answers: string }) =>
  z
    .object({
      name: z.string().trim().min(1, need.required).max(120),
      match: z.enum(MATCHES),
      patterns: z.array(z.string()).min(1, need.patterns).max(100),
      answers: z.array(z.custom<Content>()).max(10),
      active: z.object({ when: z.enum(WHENS), hours: z.custom<Hours>().optional() }),
      // biome-ignore lint/suspicious/noThenProperty: the field's name in the API
      then: z.enum(THENS),
      label_ids: z.array(z.string()),
    })
    .refine((rule) => rule.then !== "stay" || rule.answers.length > 0, { path: ["answers"], message: need.answers });

function values(rule: Rule | null) {
  return {
    name: rule?.name ?? "",
    match: rule?.match ?? ("contains" as const),
    patterns: rule?.patterns ?? [],
    answers: rule?.answers ?? [],
    active: { when: rule?.active.when ?? ("always" as const), hours: rule?.active.hours },
    // biome-ignore lint/suspicious/noThenProperty: the field's name in the API
    then: rule?.then ?? ("stay" as const),
    label_ids: rule?.label_ids ?? [],
  };
}

type Props = { bot: Bot; rule: Rule | null; onClose: () => void; onSaved: () => void };

/** When a message has these words, say this, and then do that. rule null: a new one. */
export default function RuleForm({ bot, rule, onClose, onSaved }: Props) {
  const { t } = useTranslation(["bots", "common"]);
  const id = useId();
  const may = useAllowed("bots", "write");
  const [deleting, setDeleting] = useState(false);
  const need = { required: t("form.required"), patterns: t("form.patterns"), answers: t("form.answers") };
  const form = useForm({ resolver: zodResolver(schema(need)), defaultValues: values(rule) });
  const { errors, isSubmitting } = form.formState;
  const { match, active } = form.watch();

  const submit = form.handleSubmit(async (body) => {
    const hours = body.active.when === "custom" ? (body.active.hours ?? officeHours()) : undefined;
    const path = { id: bot.id };
    const full = { ...body, active: { when: body.active.when, ...(hours && { hours }) } };
    try {
      await (rule
        ? ok(
            client.PATCH("/api/v1/bots/{id}/rules/{rule}", {
              params: { path: { ...path, rule: rule.id } },
              body: full,
            }),
          )
        : ok(client.POST("/api/v1/bots/{id}/rules", { params: { path }, body: { ...full, enabled: true } })));
      onSaved();
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });
  const remove = async () => {
    if (!rule) return;
    await ok(client.DELETE("/api/v1/bots/{id}/rules/{rule}", { params: { path: { id: bot.id, rule: rule.id } } }));
    onSaved();
  };

  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={t(rule ? "rules.edit" : "rules.add")}
      footer={
        may && (
          <>
            {rule && (
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
          <Field label={t("rule.name")} error={errors.name?.message} hint={t("rule.nameHint")}>
            <Input autoFocus={!rule} {...form.register("name")} />
          </Field>
          <Field label={t("rule.match")} error={errors.match?.message} hint={t(`match.${match}.hint`)}>
            <Select {...form.register("match")}>
              {MATCHES.map((one) => (
                <option key={one} value={one}>
                  {t(`match.${one}.name`)}
                </option>
              ))}
            </Select>
          </Field>
          <Controller
            control={form.control}
            name="patterns"
            render={({ field }) => (
              <Chips
                label={t("rule.patterns")}
                hint={t(match === "regex" ? "rule.patternsRegex" : "rule.patternsHint")}
                placeholder={t("rule.patternsExample")}
                value={field.value}
                onChange={field.onChange}
                error={message(errors.patterns)}
                comma={match !== "regex"}
              />
            )}
          />
          <Controller
            control={form.control}
            name="answers"
            render={({ field }) => (
              <Answers value={field.value} onChange={field.onChange} error={message(errors.answers)} />
            )}
          />
          <Field label={t("rule.active")}>
            <Select {...form.register("active.when")}>
              {WHENS.map((one) => (
                <option key={one} value={one}>
                  {t(`active.${one}`)}
                </option>
              ))}
            </Select>
          </Field>
          {active.when === "custom" && (
            <Controller
              control={form.control}
              name="active.hours"
              render={({ field }) => <HoursEditor value={field.value ?? officeHours()} onChange={field.onChange} />}
            />
          )}
          <Field label={t("rule.then")} error={errors.then?.message}>
            <Select {...form.register("then")}>
              {THENS.map((one) => (
                <option key={one} value={one}>
                  {t(`then.${one}`)}
                </option>
              ))}
            </Select>
          </Field>
          <Controller
            control={form.control}
            name="label_ids"
            render={({ field }) => <Labels value={field.value} onChange={field.onChange} />}
          />
        </fieldset>
      </form>
      {rule && (
        <Confirm
          open={deleting}
          onClose={() => setDeleting(false)}
          title={t("rules.delete.title", { name: rule.name })}
          body={t("rules.delete.body")}
          action={t("common:delete")}
          onConfirm={remove}
        />
      )}
    </Dialog>
  );
}

function Labels({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation(["bots", "common"]);
  const { data: labels = [] } = useQuery(labelsQuery);
  if (labels.length === 0) return null;
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 font-medium">{t("rule.labels")}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {labels.map((l) => (
          <Checkbox
            key={l.id}
            label={l.name}
            checked={value.includes(l.id)}
            onChange={(e) => onChange(e.target.checked ? [...value, l.id] : value.filter((id) => id !== l.id))}
          />
        ))}
      </div>
    </fieldset>
  );
}

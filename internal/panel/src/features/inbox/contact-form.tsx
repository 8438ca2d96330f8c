import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useId } from "react";
import { useFieldArray, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import type { Contact } from "@/lib/api/types";
import { keys } from "@/lib/realtime/live";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input, Textarea } from "@/ui/field";
import { say } from "@/ui/toast";

type Props = { contact: Contact; conversation: string; onClose: () => void };

/** What we keep about a customer, with free fields of the shop's own. */
export default function ContactForm({ contact, conversation, onClose }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const qc = useQueryClient();
  const id = useId();
  const schema = z.object({
    name: z.string().trim().min(1, t("form.required")),
    email: z.union([z.literal(""), z.email(t("form.email"))]),
    phone: z.string().trim(),
    notes: z.string(),
    attributes: z.array(z.object({ name: z.string().trim().min(1, t("form.required")), value: z.string() })),
  });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: values(contact) });
  const list = useFieldArray({ control: form.control, name: "attributes" });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async ({ attributes, ...rest }) => {
    try {
      const gone = Object.keys(contact.attributes).map((name) => [name, null]); // merged by the server: null removes
      const own = Object.fromEntries([...gone, ...attributes.map((a) => [a.name, kept(contact, a)])]);
      await ok(
        client.PATCH("/api/v1/contacts/{id}", {
          params: { path: { id: contact.id } },
          body: { ...rest, attributes: own },
        }),
      );
      await qc.invalidateQueries({ queryKey: keys.conversation(conversation) });
      void qc.invalidateQueries({ queryKey: keys.lists });
      say(t("common:saved"));
      onClose();
    } catch (error) {
      showProblem(Problem.from(error), form.setError, ["name", "email", "phone", "notes"]);
    }
  });

  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={t("contact.edit")}
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button variant="primary" type="submit" form={id} busy={isSubmitting}>
            {t("common:save")}
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit} noValidate className="grid gap-4">
        <FormError message={errors.root?.message} />
        <Field label={t("contact.name")} error={errors.name?.message}>
          <Input {...form.register("name")} />
        </Field>
        <Field label={t("contact.phone")} error={errors.phone?.message} hint={t("contact.phoneHint")}>
          <Input type="tel" {...form.register("phone")} />
        </Field>
        <Field label={t("contact.email")} error={errors.email?.message}>
          <Input type="email" {...form.register("email")} />
        </Field>
        <Field label={t("contact.notes")} error={errors.notes?.message}>
          <Textarea {...form.register("notes")} />
        </Field>
        <fieldset className="grid gap-2">
          <legend className="mb-1.5 font-medium">{t("contact.attributes")}</legend>
          {list.fields.map((field, i) => (
            <div key={field.id} className="flex gap-2">
              <Input
                className="w-2/5"
                aria-label={t("contact.attributeName")}
                aria-invalid={!!errors.attributes?.[i]?.name || undefined}
                placeholder={t("contact.attributeName")}
                {...form.register(`attributes.${i}.name`)}
              />
              <Input
                aria-label={t("contact.attributeValue")}
                placeholder={t("contact.attributeValue")}
                {...form.register(`attributes.${i}.value`)}
              />
              <Button
                variant="ghost"
                size="icon"
                aria-label={t("contact.removeAttribute")}
                onClick={() => list.remove(i)}
              >
                <Trash2 />
              </Button>
            </div>
          ))}
          <Button size="sm" className="justify-self-start" onClick={() => list.append({ name: "", value: "" })}>
            <Plus aria-hidden />
            {t("contact.addAttribute")}
          </Button>
        </fieldset>
      </form>
    </Dialog>
  );
}

const shown = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));

/** An attribute nobody touched keeps its type; what was typed here is text. */
function kept(contact: Contact, { name, value }: { name: string; value: string }): unknown {
  const before = contact.attributes[name];
  return before !== undefined && shown(before) === value ? before : value;
}

function values(c: Contact) {
  return {
    name: c.name,
    email: c.email ?? "",
    phone: c.phone ?? "",
    notes: c.notes ?? "",
    attributes: Object.entries(c.attributes).map(([name, value]) => ({ name, value: shown(value) })),
  };
}

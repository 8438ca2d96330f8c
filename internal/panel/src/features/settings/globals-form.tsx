import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus, Variable } from "lucide-react";
import { useEffect } from "react";
import { useFieldArray, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import { useAllowed, useMe } from "@/lib/api/queries";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { FormError } from "@/ui/field";
import { Card } from "@/ui/page";
import { SaveBar } from "@/ui/save-bar";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { say } from "@/ui/toast";
import { SecretFields, ValueFields } from "./globals-fields";
import { fromRows, placeOf, type Rows, readable, TYPES, toRows } from "./globals-model";
import { type Global, globalsQuery } from "./queries";

const NAME = /^[a-z][a-z0-9_]{0,39}$/; // the server's rule

/** Values and secrets that all flows of the company share. */
export default function Globals() {
  const query = useQuery(globalsQuery);
  if (query.isError && !query.data) return <Failure error={query.error} onRetry={() => query.refetch()} />;
  return query.data ? <Form list={query.data} /> : <SkeletonRows rows={4} height={48} />;
}

function Form({ list }: { list: Global[] }) {
  const { t } = useTranslation(["settings", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("bots", "manage");
  const zone = useMe().company.time_zone;
  const name = z.string().trim().regex(NAME, t("globals.nameRule"));
  const schema = z.object({
    values: z.array(
      z
        .object({ name, type: z.enum(TYPES), text: z.string(), items: z.array(z.string()) })
        .refine(readable, { path: ["text"], error: t("form.required") }),
    ),
    secrets: z.array(
      z
        .object({ name, text: z.string(), kept: z.boolean() })
        .refine((s) => s.kept || s.text !== "", { path: ["text"], error: t("form.required") }),
    ),
  });
  const form = useForm<Rows>({ resolver: zodResolver(schema), defaultValues: toRows(list, zone) });
  const values = useFieldArray({ control: form.control, name: "values" });
  const secrets = useFieldArray({ control: form.control, name: "secrets" });
  const { errors, isSubmitting, isDirty } = form.formState;
  useEffect(() => {
    if (!form.formState.isDirty) form.reset(toRows(list, zone));
  }, [list, zone, form]);

  const submit = form.handleSubmit(async (rows) => {
    try {
      const { items } = await ok(client.PUT("/api/v1/flow-globals", { body: { items: fromRows(rows, list, zone) } }));
      form.reset(toRows(items, zone));
      qc.setQueryData(globalsQuery.queryKey, items);
      say(t("common:saved"));
    } catch (error) {
      const problem = Problem.from(error);
      const placed = [...problem.fields()].flatMap(([location, message]) => {
        const at = placeOf(location, rows.values.length);
        return at ? [{ at, message }] : [];
      });
      for (const { at, message } of placed) form.setError(at, { type: "server", message });
      if (placed.length === 0) form.setError("root", { type: "server", message: problem.message });
    }
  });
  const example = t("globals.example");
  const addValue = () => values.append({ name: "", type: "text", text: "", items: [] });
  const addSecret = () => secrets.append({ name: "", text: "", kept: false });

  return (
    <form onSubmit={submit} noValidate>
      <fieldset disabled={!may} className="grid min-w-0 max-w-3xl grid-cols-[minmax(0,1fr)] gap-4">
        <FormError message={errors.root?.message} />
        <Card
          title={t("globals.values")}
          lead={t("globals.valuesLead", { text: `{{global.${example}}}`, condition: `global.${example}` })}
          flush
        >
          <ul className="divide-y border-t">
            {values.fields.map((row, i) => (
              <ValueFields key={row.id} form={form} index={i} may={may} onRemove={() => values.remove(i)} />
            ))}
          </ul>
          {may && values.fields.length > 0 && (
            <div className="border-t px-4 py-3">
              <Add label={t("globals.addValue")} onClick={addValue} />
            </div>
          )}
          {values.fields.length === 0 && (
            <Empty
              icon={<Variable />}
              title={t("globals.noValues.title")}
              body={t("globals.noValues.body")}
              action={may && <Add label={t("globals.addValue")} onClick={addValue} />}
            />
          )}
        </Card>
        <Card title={t("globals.secrets")} lead={t("globals.secretsLead", { text: `{{secret.${example}}}` })} flush>
          <ul className="divide-y border-t">
            {secrets.fields.map((row, i) => (
              <SecretFields key={row.id} form={form} index={i} may={may} onRemove={() => secrets.remove(i)} />
            ))}
          </ul>
          {may && secrets.fields.length > 0 && (
            <div className="border-t px-4 py-3">
              <Add label={t("globals.addSecret")} onClick={addSecret} />
            </div>
          )}
          {secrets.fields.length === 0 && (
            <Empty
              icon={<KeyRound />}
              title={t("globals.noSecrets.title")}
              body={t("globals.noSecrets.body")}
              action={may && <Add label={t("globals.addSecret")} onClick={addSecret} />}
            />
          )}
        </Card>
        <SaveBar dirty={isDirty} busy={isSubmitting} onReset={() => form.reset()} />
      </fieldset>
    </form>
  );
}

function Add({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button onClick={onClick}>
      <Plus aria-hidden />
      {label}
    </Button>
  );
}

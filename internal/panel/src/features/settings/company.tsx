import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "@/i18n";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { companyQuery, meQuery, useAllowed } from "@/lib/api/queries";
import type { Company, Hours } from "@/lib/api/types";
import { z } from "@/lib/zod";
import { timeZones } from "@/lib/zones";
import { Field, FormError, Input, Select } from "@/ui/field";
import { HoursEditor } from "@/ui/hours";
import { Card } from "@/ui/page";
import { SaveBar } from "@/ui/save-bar";
import { Failure, SkeletonRows } from "@/ui/states";
import { say } from "@/ui/toast";

export default function CompanySettings() {
  const query = useQuery(companyQuery);
  if (query.isError && !query.data) return <Failure error={query.error} onRetry={() => query.refetch()} />;
  return query.data ? <Form company={query.data} /> : <SkeletonRows rows={6} height={48} />;
}

const values = (c: Company) => ({
  name: c.name,
  address: c.address ?? "",
  time_zone: c.time_zone,
  language: c.language,
  currency: c.currency,
  hours: c.hours,
});

function Form({ company }: { company: Company }) {
  const { t, i18n } = useTranslation(["settings", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("company", "write");
  const zones = useMemo(() => withOwn(timeZones(), company.time_zone), [company.time_zone]);
  const currencies = useMemo(() => currencyNames(i18n.language), [i18n.language]);
  const schema = z.object({
    name: z.string().trim().min(1, t("form.required")).max(120),
    address: z.string().max(300),
    time_zone: z.string(),
    language: z.enum(LANGUAGES),
    currency: z.string(),
    hours: z.custom<Hours>(),
  });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: values(company) });
  const { errors, isSubmitting, isDirty } = form.formState;
  useEffect(() => {
    if (!form.formState.isDirty) form.reset(values(company));
  }, [company, form]);

  const submit = form.handleSubmit(async (body) => {
    try {
      const now = await ok(client.PATCH("/api/v1/company", { body }));
      form.reset(values(now));
      qc.setQueryData(companyQuery.queryKey, now);
      void qc.invalidateQueries({ queryKey: meQuery.queryKey }); // every date and amount follows the company
      say(t("common:saved"));
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });

  return (
    <form onSubmit={submit} noValidate>
      <fieldset disabled={!may} className="grid min-w-0 max-w-3xl grid-cols-[minmax(0,1fr)] gap-4">
        <FormError message={errors.root?.message} />
        <Card title={t("section.company")}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={t("company.name")} error={errors.name?.message} className="sm:col-span-2">
              <Input autoComplete="organization" {...form.register("name")} />
            </Field>
            <Field label={t("company.address")} error={errors.address?.message} className="sm:col-span-2">
              <Input autoComplete="street-address" {...form.register("address")} />
            </Field>
            <Field label={t("company.zone")} error={errors.time_zone?.message} hint={t("company.zoneHint")}>
              <Select {...form.register("time_zone")}>
                {zones.map((zone) => (
                  <option key={zone} value={zone}>
                    {zone.replaceAll("_", " ")}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label={t("company.currency")} error={errors.currency?.message}>
              <Select {...form.register("currency")}>
                {currencies.map(([code, name]) => (
                  <option key={code} value={code}>
                    {code} – {name}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label={t("company.language")} error={errors.language?.message} hint={t("company.languageHint")}>
              <Select {...form.register("language")}>
                {LANGUAGES.map((one) => (
                  <option key={one} value={one}>
                    {t(`common:language.${one}`)}
                  </option>
                ))}
              </Select>
            </Field>
          </div>
        </Card>
        <Card title={t("company.hours")} lead={t("company.hoursLead")}>
          <Controller
            control={form.control}
            name="hours"
            render={({ field }) => <HoursEditor value={field.value} onChange={field.onChange} />}
          />
        </Card>
        <SaveBar dirty={isDirty} busy={isSubmitting} onReset={() => form.reset()} />
      </fieldset>
    </form>
  );
}

const withOwn = (all: string[], own: string) => (all.includes(own) ? all : [own, ...all]);

/** Currencies with their names; those of Spanish-speaking countries first. */
function currencyNames(language: string): [string, string][] {
  const names = new Intl.DisplayNames(language, { type: "currency" });
  const near = [
    "COP",
    "MXN",
    "ARS",
    "CLP",
    "PEN",
    "UYU",
    "BOB",
    "PYG",
    "VES",
    "CRC",
    "GTQ",
    "HNL",
    "NIO",
    "DOP",
    "CUP",
    "EUR",
    "USD",
  ];
  const rest = Intl.supportedValuesOf("currency").filter((code) => !near.includes(code));
  return [...near, ...rest].map((code) => [code, names.of(code) ?? code]);
}

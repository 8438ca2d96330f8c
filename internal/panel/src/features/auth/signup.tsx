import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { isLanguage, LANGUAGES, setLanguage } from "@/i18n";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { meQuery } from "@/lib/api/queries";
import { sessionKnown } from "@/lib/api/session";
import { z } from "@/lib/zod";
import { ownZone, timeZones } from "@/lib/zones";
import { Button } from "@/ui/button";
import { Field, FormError, Input, Select } from "@/ui/field";
import { AuthFrame } from "./frame";

const MIN_PASSWORD = 10; // the server's rule

export default function SignUp() {
  const { t, i18n } = useTranslation(["auth", "common"]);
  const qc = useQueryClient();
  const navigate = useNavigate();
  const zones = useMemo(timeZones, []);
  const schema = z.object({
    company: z.string().trim().min(1, t("error.required")),
    name: z.string().trim().min(1, t("error.required")),
    email: z.email(t("error.email")),
    password: z.string().min(MIN_PASSWORD, t("error.password", { min: MIN_PASSWORD })),
    language: z.enum(LANGUAGES),
    time_zone: z.string(),
  });
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: {
      company: "",
      name: "",
      email: "",
      password: "",
      language: isLanguage(i18n.language) ? i18n.language : ("es" as const),
      time_zone: ownZone(),
    },
  });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    try {
      const me = await ok(client.POST("/api/v1/auth/signup", { body }));
      qc.setQueryData(meQuery.queryKey, me);
      sessionKnown();
      await setLanguage(body.language);
      await navigate({ to: "/" });
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });

  return (
    <AuthFrame
      title={t("signup.title")}
      lead={t("signup.lead")}
      foot={
        <>
          {t("signup.have")}{" "}
          <Link to="/login" className="font-medium text-accent hover:underline">
            {t("signup.login")}
          </Link>
        </>
      }
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <FormError message={errors.root?.message} />
        <Field label={t("company")} error={errors.company?.message}>
          <Input autoComplete="organization" autoFocus {...form.register("company")} />
        </Field>
        <Field label={t("name")} error={errors.name?.message}>
          <Input autoComplete="name" {...form.register("name")} />
        </Field>
        <Field label={t("email")} error={errors.email?.message}>
          <Input type="email" autoComplete="username" {...form.register("email")} />
        </Field>
        <Field label={t("password")} error={errors.password?.message} hint={t("passwordHint", { min: MIN_PASSWORD })}>
          <Input type="password" autoComplete="new-password" {...form.register("password")} />
        </Field>
        <div className="grid grid-cols-2 gap-3">
          <Field label={t("common:language.title")} error={errors.language?.message}>
            <Select {...form.register("language")}>
              {LANGUAGES.map((one) => (
                <option key={one} value={one}>
                  {t(`common:language.${one}`)}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={t("timeZone")} error={errors.time_zone?.message}>
            <Select {...form.register("time_zone")}>
              {zones.map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll("_", " ")}
                </option>
              ))}
            </Select>
          </Field>
        </div>
        <Button type="submit" variant="primary" busy={isSubmitting}>
          {t("signup.submit")}
        </Button>
      </form>
    </AuthFrame>
  );
}

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import type { Me } from "@/lib/api/types";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Field, FormError, Input } from "@/ui/field";

/** E-mail and password. Used by the login page and, over any page, when a session ends. */
export function LoginForm({ email = "", onDone }: { email?: string; onDone: (me: Me) => void }) {
  const { t } = useTranslation(["auth", "common"]);
  const schema = z.object({ email: z.email(t("error.email")), password: z.string().min(1, t("error.required")) });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { email, password: "" } });
  const { errors, isSubmitting } = form.formState;

  const submit = form.handleSubmit(async (body) => {
    try {
      onDone(await ok(client.POST("/api/v1/auth/login", { body })));
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });

  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <FormError message={errors.root?.message} />
      <Field label={t("email")} error={errors.email?.message}>
        <Input type="email" autoComplete="username" autoFocus={!email} {...form.register("email")} />
      </Field>
      <Field label={t("password")} error={errors.password?.message}>
        <Input type="password" autoComplete="current-password" autoFocus={!!email} {...form.register("password")} />
      </Field>
      <Button type="submit" variant="primary" busy={isSubmitting}>
        {t("login.submit")}
      </Button>
    </form>
  );
}

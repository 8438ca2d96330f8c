import { zodResolver } from "@hookform/resolvers/zod";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import type { Session } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { z } from "@/lib/zod";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Field, FormError, Input } from "@/ui/field";
import { Card } from "@/ui/page";
import { Failure, SkeletonRows } from "@/ui/states";
import { say, sayProblem } from "@/ui/toast";
import { browserOf } from "./browser";

const MIN_PASSWORD = 10; // the server's rule

const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async () => (await ok(client.GET("/api/v1/me/sessions"))).items,
});

/** Where the account is open, and its password. */
export default function Security() {
  const { t } = useTranslation(["settings", "common"]);
  const query = useQuery(sessionsQuery);
  return (
    <div className="grid max-w-3xl gap-4">
      <Card title={t("sessions.title")} lead={t("sessions.lead")} flush>
        {query.isPending && <SkeletonRows rows={2} height={48} />}
        {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.data && (
          <ul className="divide-y border-t">
            {query.data.map((s) => (
              <SessionLine key={s.id} session={s} />
            ))}
          </ul>
        )}
      </Card>
      <PasswordForm />
    </div>
  );
}

function SessionLine({ session: s }: { session: Session }) {
  const { t } = useTranslation(["settings", "common"]);
  const format = useFormat();
  const now = useNow();
  const qc = useQueryClient();
  const { browser, system, phone } = browserOf(s.agent);
  const Icon = phone ? Smartphone : Monitor;
  const name = [browser, system].filter(Boolean).join(" · ") || t("sessions.unknown");
  const revoke = async () => {
    try {
      await ok(client.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id: s.id } } }));
      qc.setQueryData(sessionsQuery.queryKey, (all) => all?.filter((one) => one.id !== s.id));
      say(t("sessions.revoked"));
    } catch (error) {
      sayProblem(error);
    }
  };
  return (
    <li className="flex min-h-14 items-center gap-3 px-4 py-2">
      <Icon aria-hidden className="size-[18px] shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2 font-medium">
          <span className="truncate">{name}</span>
          {s.current && <Badge tone="ok">{t("sessions.current")}</Badge>}
        </p>
        <p className="text-muted text-xs">
          {t("sessions.seen", { ago: format.ago(s.seen_at, now) })} · {s.ip} ·{" "}
          {t("sessions.since", { date: format.date(s.created_at) })}
        </p>
      </div>
      {!s.current && (
        <Button size="sm" aria-label={t("sessions.revokeOne", { name })} onClick={() => void revoke()}>
          {t("sessions.revoke")}
        </Button>
      )}
    </li>
  );
}

function PasswordForm() {
  const { t } = useTranslation(["settings", "common"]);
  const schema = z.object({
    current: z.string().min(1, t("form.required")),
    password: z.string().min(MIN_PASSWORD, t("password.short", { min: MIN_PASSWORD })),
  });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { current: "", password: "" } });
  const { errors, isSubmitting } = form.formState;
  const qc = useQueryClient();
  const submit = form.handleSubmit(async (body) => {
    try {
      await ok(client.POST("/api/v1/me/password", { body }));
      form.reset();
      void qc.invalidateQueries({ queryKey: sessionsQuery.queryKey });
      say(t("password.done"));
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });
  return (
    <Card title={t("password.title")} lead={t("password.lead")}>
      <form onSubmit={submit} noValidate className="grid max-w-sm gap-4">
        <FormError message={errors.root?.message} />
        <Field label={t("password.current")} error={errors.current?.message}>
          <Input type="password" autoComplete="current-password" {...form.register("current")} />
        </Field>
        <Field
          label={t("password.next")}
          error={errors.password?.message}
          hint={t("password.hint", { min: MIN_PASSWORD })}
        >
          <Input type="password" autoComplete="new-password" {...form.register("password")} />
        </Field>
        <Button type="submit" className="justify-self-start" busy={isSubmitting}>
          {t("password.submit")}
        </Button>
      </form>
    </Card>
  );
}

import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { membersQuery } from "@/lib/api/queries";
import type { Team } from "@/lib/api/types";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Checkbox, Field, FormError, Input } from "@/ui/field";
import { Failure, SkeletonRows } from "@/ui/states";

type Props = { team: Team | undefined; onClose: () => void; onSaved: () => void };

/** A team's name and who is in it. */
export function TeamForm({ team, onClose, onSaved }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const id = useId();
  const schema = z.object({
    name: z.string().trim().min(1, t("form.required")),
    member_ids: z.array(z.string()),
  });
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: team?.name ?? "", member_ids: team?.member_ids ?? [] },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      await (team
        ? ok(client.PATCH("/api/v1/teams/{id}", { params: { path: { id: team.id } }, body }))
        : ok(client.POST("/api/v1/teams", { body })));
      onSaved();
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={team ? t("teams.edit", { name: team.name }) : t("teams.add")}
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
        <FormError message={errors.root?.message ?? errors.member_ids?.message} />
        <Field label={t("teams.name")} error={errors.name?.message}>
          <Input autoFocus maxLength={80} {...form.register("name")} />
        </Field>
        <Controller
          control={form.control}
          name="member_ids"
          render={({ field }) => <MemberChecks value={field.value} onChange={field.onChange} />}
        />
      </form>
    </Dialog>
  );
}

function MemberChecks({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation(["settings", "common"]);
  const query = useQuery(membersQuery);
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 font-medium">{t("teams.members")}</legend>
      {query.isPending && <SkeletonRows rows={3} height={32} />}
      {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
      <div className="grid gap-3 max-md:gap-0">
        {query.data?.map((m) => (
          <Checkbox
            key={m.id}
            label={m.name}
            hint={m.email}
            checked={value.includes(m.id)}
            onChange={(e) => onChange(e.target.checked ? [...value, m.id] : value.filter((one) => one !== m.id))}
          />
        ))}
      </div>
    </fieldset>
  );
}

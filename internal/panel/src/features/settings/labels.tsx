import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Tags, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { labelsQuery, useAllowed } from "@/lib/api/queries";
import type { Label } from "@/lib/api/types";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input } from "@/ui/field";
import { Card } from "@/ui/page";
import { Empty, Failure, SkeletonRows } from "@/ui/states";

const COLOURS = ["#1d4ed8", "#0f766e", "#15803d", "#b45309", "#b91c1c", "#be185d", "#7e22ce", "#475569"] as const;

/** The labels that conversations can carry. */
export default function Labels() {
  const { t } = useTranslation(["settings", "common"]);
  const qc = useQueryClient();
  const query = useQuery(labelsQuery);
  const may = useAllowed("inbox", "manage");
  const [editing, setEditing] = useState<Label | "new">();
  const [deleting, setDeleting] = useState<Label>();
  const changed = () => qc.invalidateQueries({ queryKey: labelsQuery.queryKey });
  const remove = async () => {
    if (!deleting) return;
    await ok(client.DELETE("/api/v1/labels/{id}", { params: { path: { id: deleting.id } } }));
    await changed();
  };
  const add = may && (
    <Button variant="primary" onClick={() => setEditing("new")}>
      <Plus aria-hidden />
      {t("labels.add")}
    </Button>
  );
  const labels = query.data ?? [];
  return (
    <div className="max-w-3xl">
      <Card title={t("section.labels")} lead={t("labels.lead")} flush actions={labels.length > 0 && add}>
        <div className="border-t">
          {query.isPending && <SkeletonRows rows={3} height={40} />}
          {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
          {query.isSuccess && labels.length === 0 && (
            <Empty icon={<Tags />} title={t("labels.empty.title")} body={t("labels.empty.body")} action={add} />
          )}
          <ul className="divide-y">
            {labels.map((label) => (
              <li key={label.id} className="flex min-h-11 items-center gap-3 px-4">
                <span aria-hidden className="size-3 shrink-0 rounded-full" style={{ backgroundColor: label.color }} />
                <span className="min-w-0 flex-1 truncate">{label.name}</span>
                {may && (
                  <>
                    <Button
                      variant="ghost"
                      size="icon-sm"
                      aria-label={t("labels.edit", { name: label.name })}
                      onClick={() => setEditing(label)}
                    >
                      <Pencil />
                    </Button>
                    <Button
                      variant="ghost"
                      size="icon-sm"
                      aria-label={t("labels.delete", { name: label.name })}
                      onClick={() => setDeleting(label)}
                    >
                      <Trash2 />
                    </Button>
                  </>
                )}
              </li>
            ))}
          </ul>
        </div>
      </Card>
      {editing && (
        <LabelForm
          label={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
          onSaved={() => {
            setEditing(undefined);
            void changed();
          }}
        />
      )}
      <Confirm
        open={!!deleting}
        onClose={() => setDeleting(undefined)}
        title={t("labels.delete", { name: deleting?.name })}
        body={t("labels.deleteBody")}
        action={t("common:delete")}
        onConfirm={remove}
      />
    </div>
  );
}

type FormProps = { label: Label | undefined; onClose: () => void; onSaved: () => void };

function LabelForm({ label, onClose, onSaved }: FormProps) {
  const { t } = useTranslation(["settings", "common"]);
  const id = useId();
  const schema = z.object({ name: z.string().trim().min(1, t("form.required")).max(60), color: z.string() });
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: label?.name ?? "", color: label?.color ?? COLOURS[0] },
  });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (body) => {
    try {
      await (label
        ? ok(client.PATCH("/api/v1/labels/{id}", { params: { path: { id: label.id } }, body }))
        : ok(client.POST("/api/v1/labels", { body })));
      onSaved();
    } catch (error) {
      showProblem(Problem.from(error), form.setError, Object.keys(body));
    }
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={label ? t("labels.edit", { name: label.name }) : t("labels.add")}
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
        <FormError message={errors.root?.message} />
        <Field label={t("labels.name")} error={errors.name?.message}>
          <Input autoFocus {...form.register("name")} />
        </Field>
        <fieldset>
          <legend className="mb-1.5 font-medium">{t("labels.color")}</legend>
          <div className="flex flex-wrap gap-2">
            {COLOURS.map((colour, i) => (
              <label
                key={colour}
                className="grid size-9 cursor-pointer place-items-center rounded-full border-2 border-transparent has-checked:border-text has-focus-visible:outline-2 has-focus-visible:outline-ring has-focus-visible:outline-offset-2 max-md:size-11"
              >
                <input
                  type="radio"
                  value={colour}
                  className="sr-only"
                  aria-label={t("labels.colorN", { n: i + 1 })}
                  {...form.register("color")}
                />
                <span aria-hidden className="size-6 rounded-full" style={{ backgroundColor: colour }} />
              </label>
            ))}
          </div>
        </fieldset>
      </form>
    </Dialog>
  );
}

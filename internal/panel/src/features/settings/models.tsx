import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, Pencil, Plus, Sparkles, Stethoscope, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { useAllowed } from "@/lib/api/queries";
import { useFormat } from "@/lib/format";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Card } from "@/ui/page";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { ModelForm } from "./model-form";
import { checkModelKey, deleteModelKey, type ModelKey, modelKeyQuery, modelUsageQuery } from "./queries";
import { spentInMonth } from "./usage";

/** The company's own access to a language model, which the AI blocks of flows use. */
export default function Models() {
  const { t } = useTranslation(["settings", "common"]);
  const qc = useQueryClient();
  const query = useQuery(modelKeyQuery);
  const may = useAllowed("company", "write");
  const mayCount = useAllowed("reports");
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const check = useMutation({ mutationFn: checkModelKey });
  const key = query.data;

  const put = (now: ModelKey | null) => {
    check.reset(); // said of what is no longer so
    qc.setQueryData(modelKeyQuery.queryKey, now);
  };
  const remove = async () => {
    await deleteModelKey();
    put(null);
  };
  return (
    <div className="grid max-w-3xl gap-4">
      <Card title={t("section.models")} lead={t("models.lead")} flush>
        <div className="border-t">
          {query.isPending && <SkeletonRows rows={3} height={40} />}
          {query.isError && !key && <Failure error={query.error} onRetry={() => query.refetch()} />}
          {key === null && (
            <Empty
              icon={<Sparkles />}
              title={t("models.empty.title")}
              body={t("models.empty.body")}
              action={
                may && (
                  <Button variant="primary" onClick={() => setEditing(true)}>
                    <Plus aria-hidden />
                    {t("models.add")}
                  </Button>
                )
              }
            />
          )}
          {key && (
            <>
              <Details model={key} />
              <CheckResult error={check.error} fine={check.isSuccess} />
              {may && (
                <div className="flex flex-wrap gap-2 border-t p-4">
                  <Button variant="primary" busy={check.isPending} onClick={() => check.mutate()}>
                    <Stethoscope aria-hidden />
                    {t("models.check")}
                  </Button>
                  <Button onClick={() => setEditing(true)}>
                    <Pencil aria-hidden />
                    {t("common:edit")}
                  </Button>
                  <Button variant="danger" className="sm:ml-auto" onClick={() => setDeleting(true)}>
                    <Trash2 aria-hidden />
                    {t("common:delete")}
                  </Button>
                </div>
              )}
            </>
          )}
        </div>
      </Card>
      {key && (
        <Card title={t("models.spent")} lead={t("models.spentLead")}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Today model={key} />
            {mayCount && <Month />}
          </div>
        </Card>
      )}
      {editing && (
        <ModelForm
          model={key ?? undefined}
          onClose={() => setEditing(false)}
          onSaved={(now) => {
            setEditing(false);
            put(now);
          }}
        />
      )}
      <Confirm
        open={deleting}
        onClose={() => setDeleting(false)}
        title={t("models.delete")}
        body={t("models.deleteBody")}
        action={t("common:delete")}
        onConfirm={remove}
      />
    </div>
  );
}

function Details({ model: m }: { model: ModelKey }) {
  const { t } = useTranslation(["settings", "common"]);
  const format = useFormat();
  const lines = [
    [t("models.provider"), t("models.openai")],
    [t("models.url"), m.base_url],
    [t("models.model"), m.model],
    [t("models.key"), `•••• ${m.last4}`],
    [t("models.changed"), format.moment(m.updated_at)],
  ];
  return (
    <dl className="grid gap-x-4 gap-y-2 p-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
      {lines.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted max-sm:-mb-1.5 max-sm:text-xs">{name}</dt>
          <dd className="[overflow-wrap:anywhere]">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function CheckResult({ error, fine }: { error: Error | null; fine: boolean }) {
  const { t } = useTranslation(["settings", "common"]);
  const Icon = error ? CircleX : CircleCheck;
  return (
    <div role="status">
      {(error || fine) && (
        <p className={`flex items-start gap-2 px-4 pb-4 font-medium ${error ? "text-danger" : "text-ok"}`}>
          <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
          {error ? Problem.from(error).message : t("models.fine")}
        </p>
      )}
    </div>
  );
}

function Today({ model: m }: { model: ModelKey }) {
  const { t } = useTranslation(["settings", "common"]);
  const format = useFormat();
  const part = m.budget > 0 ? Math.min(1, m.tokens_today / m.budget) : 0;
  const over = part === 1;
  return (
    <div className="grid content-start gap-1">
      <p className="text-muted text-xs">{t("models.today")}</p>
      <p className="font-semibold text-base tabular-nums">
        {t("models.tokens", { count: m.tokens_today, shown: format.number(m.tokens_today) })}
      </p>
      {m.budget > 0 && (
        <div aria-hidden className="h-1.5 overflow-hidden rounded-full bg-sunken">
          <div className={`h-full ${over ? "bg-danger" : "bg-accent"}`} style={{ width: `${part * 100}%` }} />
        </div>
      )}
      <p className={`text-xs ${over ? "text-danger" : "text-muted"}`}>
        {m.budget === 0
          ? t("models.noBudget")
          : t(over ? "models.budgetSpent" : "models.ofBudget", { budget: format.number(m.budget) })}
      </p>
    </div>
  );
}

function Month() {
  const { t } = useTranslation(["settings", "common"]);
  const format = useFormat();
  const query = useQuery(modelUsageQuery);
  if (query.isError) return <Failure error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <SkeletonRows rows={1} height={40} />;
  const month = spentInMonth(query.data, format.dayKey(Date.now()));
  return (
    <div className="grid content-start gap-1">
      <p className="text-muted text-xs">{t("models.month")}</p>
      <p className="font-semibold text-base tabular-nums">
        {t("models.tokens", { count: month.tokens, shown: format.number(month.tokens) })}
      </p>
      <p className="text-muted text-xs">
        {t("models.calls", { count: month.calls, shown: format.number(month.calls) })}
      </p>
    </div>
  );
}

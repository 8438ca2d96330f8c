import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Textarea } from "@/ui/field";
import { say } from "@/ui/toast";
import { flowQuery, flowsQuery, publishFlow } from "../api";
import type { Flow } from "../model/types";
import { useBuilder } from "./context";
import { ProblemList } from "./problem-list";

type Props = { onClose: () => void; onPublished: (flow: Flow) => void };

/** Says why, shows what to know beforehand, and makes the draft what customers meet. */
export default function PublishDialog({ onClose, onPublished }: Props) {
  const { t } = useTranslation(["flows", "common"]);
  const { flow, bot, flush, revision, problems, warnings } = useBuilder();
  const qc = useQueryClient();
  const id = useId();
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const blocked = problems.all.length > 0;
  const publish = async () => {
    setBusy(true);
    setError(undefined);
    try {
      if (!(await flush())) return setError(t("publish.unsaved"));
      const version = await publishFlow(flow.id, { revision: revision(), why: why.trim() });
      onPublished(await qc.fetchQuery({ ...flowQuery(flow.id), staleTime: 0 }));
      void qc.invalidateQueries({ queryKey: flowsQuery(bot.id).queryKey });
      void qc.invalidateQueries({ queryKey: ["flows", flow.id, "versions"] });
      say(t("publish.done", { version: version.version }));
      onClose();
    } catch (e) {
      const problem = Problem.from(e);
      const reasons = problem.body.errors?.map((one) => one.message).filter(Boolean) ?? [];
      setError([problem.message, ...reasons].join(" "));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("publish.title", { name: flow.name })}
      description={flow.published_version ? t("publish.running") : t("publish.first")}
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="submit" form={id} variant="primary" busy={busy} disabled={blocked}>
            {t("publish.submit")}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className="grid gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          void publish();
        }}
      >
        <FormError message={error} />
        {blocked && (
          <div>
            <p className="mb-1 font-medium">{t("publish.blocked")}</p>
            <ProblemList list={problems.all} tone="danger" />
          </div>
        )}
        {warnings.all.length > 0 && (
          <div>
            <p className="mb-1 font-medium">{t("publish.warnings")}</p>
            <ProblemList list={warnings.all} tone="warn" />
          </div>
        )}
        {!blocked && warnings.all.length === 0 && (
          <p className="flex items-center gap-2">
            <CircleCheck aria-hidden className="size-4 text-ok" />
            {t("problems.fine")}
          </p>
        )}
        <Field label={t("publish.why")} hint={t("publish.whyHint")}>
          <Textarea autoFocus maxLength={300} value={why} onChange={(e) => setWhy(e.target.value)} />
        </Field>
      </form>
    </Dialog>
  );
}

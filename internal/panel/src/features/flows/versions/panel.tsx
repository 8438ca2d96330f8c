import { useQuery, useQueryClient } from "@tanstack/react-query";
import { GitCompare, History, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { useFormat } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Textarea } from "@/ui/field";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { say } from "@/ui/toast";
import { flowQuery, flowsQuery } from "../api";
import { useBuilder } from "../builder/context";
import type { Version } from "../model/types";
import { restoreVersion, versionsQuery } from "../review-api";
import { DiffDialog } from "./diff";

/** What was published, by whom and why; each can be compared with what is here and gone back to. */
export default function VersionsPanel() {
  const { t } = useTranslation("flowreview");
  const { flow, flush, mayEdit } = useBuilder();
  const format = useFormat();
  const versions = useQuery(versionsQuery(flow.id));
  const [comparing, setComparing] = useState<{ from: string; to: string; stamp: number }>();
  const [restoring, setRestoring] = useState<Version>();
  if (versions.isError) return <Failure error={versions.error} onRetry={() => versions.refetch()} />;
  if (!versions.data) return <SkeletonRows rows={4} height={64} />;
  if (versions.data.length === 0)
    return <Empty icon={<History />} title={t("versions.empty")} body={t("versions.emptyBody")} />;
  const compare = async (from: string, to: string) => {
    if (to === "draft") await flush();
    setComparing({ from, to, stamp: Date.now() });
  };
  return (
    <div className="grid gap-3 p-4">
      <h2 className="font-semibold text-base">{t("versions.title")}</h2>
      <ol className="grid gap-px overflow-hidden rounded-md border bg-line">
        {versions.data.map((v, i) => {
          const before = versions.data[i + 1];
          return (
            <li key={v.version} className="grid gap-2 bg-surface p-3">
              <p className="flex items-center gap-2">
                <span className="font-medium tabular-nums">{t("versions.number", { n: v.version })}</span>
                {v.version === flow.published_version && <Badge tone="ok">{t("versions.live")}</Badge>}
                <span className="ml-auto text-muted text-xs">{format.moment(v.at)}</span>
              </p>
              <p className="[overflow-wrap:anywhere]">{v.why || t("versions.noWhy")}</p>
              <p className="text-muted text-xs">
                {v.by?.name}
                {v.running ? ` · ${t("versions.running", { count: v.running })}` : ""}
              </p>
              <div className="flex flex-wrap items-center gap-2">
                <span aria-hidden className="flex items-center gap-1.5 text-muted text-xs">
                  <GitCompare className="size-4" />
                  {t("versions.compare")}
                </span>
                <Button
                  size="sm"
                  aria-label={t("versions.withDraft")}
                  onClick={() => void compare(String(v.version), "draft")}
                >
                  {t("versions.draft")}
                </Button>
                {before && (
                  <Button
                    size="sm"
                    aria-label={t("versions.withBefore")}
                    onClick={() => void compare(String(before.version), String(v.version))}
                  >
                    {t("versions.before")}
                  </Button>
                )}
              </div>
              {mayEdit && v.version !== flow.published_version && (
                <Button size="sm" className="justify-self-start" onClick={() => setRestoring(v)}>
                  <RotateCcw aria-hidden />
                  {t("versions.restore")}
                </Button>
              )}
            </li>
          );
        })}
      </ol>
      <p className="text-muted text-xs">{t("versions.rule")}</p>
      {comparing && <DiffDialog {...comparing} onClose={() => setComparing(undefined)} />}
      {restoring && <RestoreDialog version={restoring} onClose={() => setRestoring(undefined)} />}
    </div>
  );
}

/** Going back publishes a copy: nothing of the history is lost, and the draft becomes it. */
function RestoreDialog({ version, onClose }: { version: Version; onClose: () => void }) {
  const { t } = useTranslation(["flowreview", "common"]);
  const { flow, bot, adopt, flush } = useBuilder();
  const qc = useQueryClient();
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const restore = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await flush();
      const made = await restoreVersion(flow.id, version.version, why.trim());
      adopt(await qc.fetchQuery({ ...flowQuery(flow.id), staleTime: 0 }));
      void qc.invalidateQueries({ queryKey: versionsQuery(flow.id).queryKey });
      void qc.invalidateQueries({ queryKey: flowsQuery(bot.id).queryKey });
      say(t("restore.done", { from: version.version, to: made.version }));
      onClose();
    } catch (e) {
      setError(Problem.from(e).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("restore.title", { n: version.version })}
      description={t("restore.body")}
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button variant="primary" busy={busy} onClick={() => void restore()}>
            {t("restore.submit")}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <FormError message={error} />
        <Field label={t("restore.why")}>
          <Textarea maxLength={300} value={why} onChange={(e) => setWhy(e.target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}

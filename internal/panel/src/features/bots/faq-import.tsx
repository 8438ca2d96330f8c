import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import type { FAQImport } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { FormError } from "@/ui/field";

type Props = { bot: string; onClose: () => void; onDone: () => void };

/** Brings questions in from a CSV or JSONL file, and says which lines were refused and why. */
export function FaqImport({ bot, onClose, onDone }: Props) {
  const { t } = useTranslation(["bots", "common"]);
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const [error, setError] = useState<string>();
  const [report, setReport] = useState<FAQImport>();

  const send = async (file: File | undefined) => {
    if (!file || busy) return;
    const csv = /\.csv$/i.test(file.name) || file.type === "text/csv";
    setBusy(true);
    setError(undefined);
    setReport(undefined);
    try {
      const done = await ok(
        client.POST("/api/v1/bots/{id}/faqs/import", {
          params: { path: { id: bot }, query: { mode: "upsert" } },
          body: (await file.text()) as never, // the file as it is; the document can only say "binary"
          bodySerializer: (body) => body as never,
          headers: { "Content-Type": csv ? "text/csv" : "application/jsonl" },
        }),
      );
      setReport(done);
      onDone();
    } catch (problem) {
      setError(Problem.from(problem).message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={t("import.title")}
      className="max-w-2xl"
      footer={<Button onClick={onClose}>{t("common:close")}</Button>}
    >
      <div className="grid gap-4">
        <FormError message={error} />
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first */}
        <div
          onDragOver={(e) => {
            e.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(e) => {
            e.preventDefault();
            setOver(false);
            void send(e.dataTransfer.files[0]);
          }}
          className={cn(
            "grid justify-items-center gap-3 rounded-lg border border-dashed p-6 text-center",
            over && "border-accent bg-accent-soft",
          )}
        >
          <Button variant="primary" busy={busy} onClick={() => input.current?.click()}>
            {!busy && <FileUp aria-hidden />}
            {t("import.choose")}
          </Button>
          <p className="text-muted">{t("import.hint")}</p>
          <input
            ref={input}
            type="file"
            accept=".csv,.jsonl,.ndjson,text/csv,application/jsonl"
            hidden
            onChange={(e) => {
              void send(e.target.files?.[0]);
              e.target.value = "";
            }}
          />
        </div>
        {!report && <Formats />}
        {report && <Report report={report} />}
      </div>
    </Dialog>
  );
}

function Formats() {
  const { t } = useTranslation(["bots", "common"]);
  return (
    <div className="grid gap-2">
      <h3 className="font-medium">{t("import.formats")}</h3>
      {(["csv", "jsonl"] as const).map((format) => (
        <figure key={format} className="grid gap-1">
          <figcaption className="text-muted text-xs">{t(`faqs.format.${format}`)}</figcaption>
          <pre className="whitespace-pre-wrap rounded-md [overflow-wrap:anywhere] bg-sunken p-3 text-xs">
            {t(`import.example.${format}`)}
          </pre>
        </figure>
      ))}
    </div>
  );
}

function Report({ report }: { report: FAQImport }) {
  const { t } = useTranslation(["bots", "common"]);
  const counts = ["added", "updated", "unchanged"] as const;
  return (
    <div role="status" className="grid gap-3">
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border bg-line sm:grid-cols-4">
        {counts.map((key) => (
          <div key={key} className="bg-surface p-3">
            <dt className="text-muted text-xs">{t(`import.${key}`)}</dt>
            <dd className="font-semibold text-base tabular-nums">{report[key]}</dd>
          </div>
        ))}
        <div className="bg-surface p-3">
          <dt className="text-muted text-xs">{t("import.refused")}</dt>
          <dd className={cn("font-semibold text-base tabular-nums", report.refused_total > 0 && "text-danger")}>
            {report.refused_total}
          </dd>
        </div>
      </dl>
      {report.refused.length > 0 && (
        <table className="w-full text-left">
          <caption className="pb-2 text-left font-medium">{t("import.refusedTitle")}</caption>
          <thead className="text-muted text-xs">
            <tr className="border-b">
              <th className="py-2 pr-4 font-medium">{t("import.line")}</th>
              <th className="py-2 pr-4 font-medium">{t("import.field")}</th>
              <th className="py-2 font-medium">{t("import.reason")}</th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {report.refused.map((r) => (
              <tr key={`${r.line} ${r.code}`}>
                <td className="py-2 pr-4 tabular-nums">{r.line}</td>
                <td className="py-2 pr-4">{r.field}</td>
                <td className="py-2">{r.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

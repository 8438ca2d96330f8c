import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { FormError } from "@/ui/field";
import { flowsQuery, importFlow } from "../api";

/** A flow from an exported file, as a draft: nothing runs until it is published. */
export default function ImportFlow({ bot, onClose }: { bot: string; onClose: () => void }) {
  const { t } = useTranslation(["flows", "common"]);
  const qc = useQueryClient();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<string[]>([]);
  const take = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    setErrors([]);
    try {
      const made = await importFlow(bot, { file: await file.text() });
      void qc.invalidateQueries({ queryKey: flowsQuery(bot).queryKey });
      await navigate({ to: "/bots/$bot/flows/$flow", params: { bot, flow: made.id } });
    } catch (e) {
      const problem = Problem.from(e);
      setErrors([problem.message, ...(problem.body.errors ?? []).flatMap((one) => one.message || [])]);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("import.title")}
      footer={<Button onClick={onClose}>{t("common:cancel")}</Button>}
    >
      <div className="grid gap-4">
        {[...new Set(errors)].map((error) => (
          <FormError key={error} message={error} />
        ))}
        <button
          type="button"
          disabled={busy}
          onClick={() => input.current?.click()}
          onDragOver={(e) => e.preventDefault()}
          onDrop={(e) => {
            e.preventDefault();
            void take(e.dataTransfer.files[0]);
          }}
          className="grid justify-items-center gap-2 rounded-lg border border-dashed p-8 hover:bg-sunken"
        >
          <FileUp aria-hidden className="size-6 text-muted" />
          <span className="font-medium">{t("import.choose")}</span>
          <span className="text-muted text-xs">{t("import.hint")}</span>
        </button>
        <input
          ref={input}
          type="file"
          hidden
          accept=".json,application/json"
          aria-label={t("import.choose")}
          onChange={(e) => {
            void take(e.target.files?.[0]);
            e.target.value = "";
          }}
        />
      </div>
    </Dialog>
  );
}

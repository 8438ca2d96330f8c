import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { useFormat } from "@/lib/format";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { FormError } from "@/ui/field";
import { say } from "@/ui/toast";
import { createFlow, flowQuery, flowsQuery } from "../api";
import type { Conflict } from "./autosave";
import { useBuilder } from "./context";

/** Somebody else has saved this draft meanwhile: theirs, or one's own as a copy. Nothing is lost either way. */
export default function ConflictNotice({ conflict }: { conflict: Conflict }) {
  const { t } = useTranslation(["flows", "common"]);
  const { flow, bot, editing, adopt } = useBuilder();
  const format = useFormat();
  const qc = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState<"theirs" | "copy">();
  const [error, setError] = useState<string>();
  const attempt = async (what: "theirs" | "copy", work: () => Promise<unknown>) => {
    setBusy(what);
    setError(undefined);
    try {
      await work();
    } catch (e) {
      setError(Problem.from(e).message);
    } finally {
      setBusy(undefined);
    }
  };
  const theirs = () =>
    attempt("theirs", async () => {
      adopt(await qc.fetchQuery({ ...flowQuery(flow.id), staleTime: 0 }));
      say(t("conflict.taken"));
    });
  const copy = () =>
    attempt("copy", async () => {
      const name = t("copyOf", { name: editing.def.name }).slice(0, 120);
      const made = await createFlow(bot.id, { name, definition: { ...editing.def, name } });
      void qc.invalidateQueries({ queryKey: flowsQuery(bot.id).queryKey });
      await navigate({ to: "/bots/$bot/flows/$flow", params: { bot: bot.id, flow: made.id } });
      say(t("conflict.copied", { name }));
    });
  return (
    <Dialog
      open
      title={t("conflict.title")}
      footer={
        <>
          <Button busy={busy === "copy"} onClick={copy}>
            {t("conflict.copy")}
          </Button>
          <Button variant="primary" busy={busy === "theirs"} onClick={theirs}>
            {t("conflict.theirs")}
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <p>
          {t("conflict.body", {
            who: conflict.by || t("conflict.somebody"),
            when: conflict.at ? format.ago(conflict.at) : "",
          })}
        </p>
        <p className="text-muted">{t("conflict.hint")}</p>
        <FormError message={error} />
      </div>
    </Dialog>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { FormError } from "./field";

type Props = {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Names what is lost. */
  body: string;
  action: string;
  onConfirm: () => Promise<unknown>;
};

/** Asks before something that cannot be undone. Reversible actions offer undo instead. */
export function Confirm({ open, onClose, title, body, action, onConfirm }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const run = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (e) {
      setError(Problem.from(e).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="danger" busy={busy} onClick={run}>
            {action}
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <p>{body}</p>
        <FormError message={error} />
      </div>
    </Dialog>
  );
}

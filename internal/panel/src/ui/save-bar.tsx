import { useTranslation } from "react-i18next";
import { Button } from "./button";

type Props = { dirty: boolean; busy: boolean; onReset: () => void };

/** At the end of a long form while there is something to save; on larger screens it stays in sight. */
export function SaveBar({ dirty, busy, onReset }: Props) {
  const { t } = useTranslation();
  if (!dirty && !busy) return null;
  return (
    <div className="bottom-4 z-10 flex animate-rise md:sticky items-center gap-2 rounded-lg border bg-surface py-2 pr-2 pl-4 shadow-float">
      <p className="min-w-0 flex-1 truncate text-muted">{t("unsaved")}</p>
      <Button onClick={onReset} disabled={busy}>
        {t("discard")}
      </Button>
      <Button type="submit" variant="primary" busy={busy}>
        {t("save")}
      </Button>
    </div>
  );
}

import { useTranslation } from "react-i18next";
import type { Trace } from "@/lib/api/types";
import { Dialog } from "@/ui/dialog";
import { TraceView } from "@/ui/trace";

/** Why the bot said this. */
export default function Why({ trace, bot, onClose }: { trace: Trace; bot: string | undefined; onClose: () => void }) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <Dialog side reading open onClose={onClose} title={t("why.title")}>
      <TraceView trace={trace} bot={bot} />
    </Dialog>
  );
}

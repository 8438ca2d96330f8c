import { CircleCheck, CircleDashed, PencilLine } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui/badge";
import type { FlowSummary } from "../model/types";

const look = {
  draft: { Icon: CircleDashed, tone: "neutral" },
  published: { Icon: CircleCheck, tone: "ok" },
  changed: { Icon: PencilLine, tone: "warn" },
} as const;

/** Whether customers meet what is drawn. */
export function StatusBadge({ status, version }: { status: FlowSummary["status"]; version?: number }) {
  const { t } = useTranslation("flows");
  const { Icon, tone } = look[status];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />}>
      {t(`status.${status}`)}
      {version !== undefined && version > 0 && <span className="tabular-nums">{t("status.version", { version })}</span>}
    </Badge>
  );
}

import { Ban, Check, CheckCheck, CircleAlert, CircleDashed, Clock, Hourglass, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Message, MessageState } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";

const looks: Record<MessageState, { icon: LucideIcon; tone?: string }> = {
  received: { icon: Check },
  queued: { icon: Clock },
  sending: { icon: Clock },
  unsure: { icon: CircleDashed, tone: "text-warn" },
  sent: { icon: Check },
  delivered: { icon: CheckCheck },
  read: { icon: CheckCheck, tone: "text-accent" },
  failed: { icon: CircleAlert, tone: "text-danger" },
  cancelled: { icon: Ban },
  expired: { icon: Hourglass, tone: "text-warn" },
};

/** How far a message of ours got: an icon and a word, with the exact times on hover. */
export function MessageStateMark({ message: m }: { message: Message }) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  const { icon: Icon, tone } = looks[m.state];
  const times = [
    m.delivered_at && t("deliveredAt", { time: format.moment(m.delivered_at) }),
    m.read_at && t("readAt", { time: format.moment(m.read_at) }),
  ].filter(Boolean);
  return (
    <span className={cn("inline-flex items-center gap-1", tone)} title={times.join("\n") || undefined}>
      <Icon aria-hidden className="size-3.5" />
      {t(`messageState.${m.state}`)}
    </span>
  );
}

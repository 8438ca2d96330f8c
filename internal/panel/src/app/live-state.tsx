import { LoaderCircle, Radio, WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { useLive } from "@/lib/realtime/live";
import { Tip } from "@/ui/tooltip";

const looks = {
  online: { icon: Radio, tone: "text-ok" },
  connecting: { icon: LoaderCircle, tone: "text-muted" },
  offline: { icon: WifiOff, tone: "text-warn" },
};

/** Whether what is on screen is up to date by itself. */
export function LiveState({ compact }: { compact?: boolean }) {
  const { t } = useTranslation();
  const { status } = useLive();
  const { icon: Icon, tone } = looks[status];
  return (
    <Tip label={t(status === "online" ? "live.onlineHint" : "live.offlineHint")} side="right">
      <p role="status" className={cn("flex h-8 items-center gap-2.5 text-xs", compact ? "px-1" : "px-2.5")}>
        <Icon aria-hidden className={cn("size-4 shrink-0", tone, status === "connecting" && "animate-spin")} />
        <span className={cn(compact ? (status === "offline" ? "" : "sr-only") : "rail:sr-only", tone)}>
          {t(`live.${status}`)}
        </span>
      </p>
    </Tip>
  );
}

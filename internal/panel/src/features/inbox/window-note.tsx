import { useQueryClient } from "@tanstack/react-query";
import { Clock } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { keys } from "@/lib/realtime/live";
import { ended, endsSoon, type Writing, writingAt } from "./window";

/** What may be written now; asks the server again when the time it gave is over. */
export function useWriting({ id, window }: Conversation): Writing {
  const qc = useQueryClient();
  const now = useNow();
  const over = ended(window, now);
  useEffect(() => {
    if (over) void qc.invalidateQueries({ queryKey: keys.conversation(id) });
  }, [over, id, qc]);
  return writingAt(window, now);
}

/** Until when writing is allowed, where the channel counts the time. */
export function WindowNote({ conversation: c, writing }: { conversation: Conversation; writing: Writing }) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  const now = useNow();
  const { until } = c.window;
  if (!until) return null;
  const today = format.dayKey(until) === format.dayKey(now);
  const time = today ? format.time(until) : format.moment(until);
  const who = writing === "person" ? "person" : "until";
  return (
    <p
      className={`ml-auto inline-flex items-center gap-1.5 text-xs ${endsSoon(c.window, now) ? "text-warn" : "text-muted"}`}
    >
      <Clock aria-hidden className="size-3.5 shrink-0" />
      {t(`window.${who}${today ? "Time" : "Day"}`, { time })}
    </p>
  );
}

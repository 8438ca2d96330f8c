import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { channelsQuery, useKinds } from "@/lib/api/queries";
import type { Incident } from "@/lib/api/types";
import { meaning } from "@/lib/explained";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";

/** What is wrong with channels and what to do about it, each leading to its channel. */
export function IncidentList({ incidents, onFollow }: { incidents: Incident[]; onFollow?: () => void }) {
  const { t } = useTranslation("incidents");
  const format = useFormat();
  const now = useNow();
  const reasonOf = useReason();
  return (
    <ul className="divide-y">
      {incidents.map((i) => (
        <li key={i.id}>
          <Link
            to="/channels/$channel"
            params={{ channel: i.channel_id }}
            onClick={onFollow}
            className="flex items-start gap-2.5 px-4 py-2.5 outline-offset-[-2px] hover:bg-sunken"
          >
            <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
              <span className="block font-medium">{i.channel_name}</span>
              <span className="block">{t(`kind.${i.kind}` as "kind.lane_stopped", { defaultValue: i.kind })}</span>
              <span className="block text-muted">
                {[reasonOf(i), t(`todo.${i.kind}` as "todo.lane_stopped", { defaultValue: "" })]
                  .filter(Boolean)
                  .join(" ")}
              </span>
              <span className="block text-muted text-xs">
                {[format.ago(i.opened_at, now), !reasonOf(i) && i.detail].filter(Boolean).join(" · ")}
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Why, in the words of the channel's kind, where the detail is a code that it knows. */
function useReason() {
  const { data: channels } = useQuery(channelsQuery);
  const { data: kinds } = useKinds();
  return ({ channel_id, detail = "" }: Incident) => {
    const kind = channels?.find((one) => one.id === channel_id)?.kind;
    return meaning(kinds?.find((one) => one.kind === kind)?.errors ?? {}, detail);
  };
}

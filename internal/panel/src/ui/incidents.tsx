import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Incident } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";

/** What is wrong with channels, each leading to its channel. */
export function IncidentList({ incidents, onFollow }: { incidents: Incident[]; onFollow?: () => void }) {
  const { t } = useTranslation("incidents");
  const format = useFormat();
  const now = useNow();
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
              <span className="block text-muted text-xs">
                {[t("since", { ago: format.ago(i.opened_at, now) }), i.detail].filter(Boolean).join(" · ")}
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

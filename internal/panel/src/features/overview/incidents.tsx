import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { incidentsQuery, useAllowed } from "@/lib/api/queries";
import { IncidentList } from "@/ui/incidents";
import { Card } from "@/ui/page";

/** What is wrong with channels; nothing when all is well. */
export default function Incidents() {
  const { t } = useTranslation("incidents");
  const { data = [] } = useQuery({ ...incidentsQuery, enabled: useAllowed("channels") });
  if (data.length === 0) return null;
  return (
    <Card title={t("title")} lead={t("open", { count: data.length })} flush>
      <div className="border-t">
        <IncidentList incidents={data} />
      </div>
    </Card>
  );
}

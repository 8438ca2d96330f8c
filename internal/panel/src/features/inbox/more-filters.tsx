import { useQuery } from "@tanstack/react-query";
import { ListFilter } from "lucide-react";
import { useTranslation } from "react-i18next";
import { channelsQuery, labelsQuery, teamsQuery, useAllowed } from "@/lib/api/queries";
import type { ConversationFilter } from "@/lib/realtime/events";
import { Button } from "@/ui/button";
import { Field, Select } from "@/ui/field";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import type { ChangeFilter } from "./filters";

type Props = { filter: ConversationFilter; onChange: ChangeFilter };

/** What narrows the list besides state and person. */
export default function MoreFilters({ filter, onChange }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const { data: channels = [] } = useQuery({ ...channelsQuery, enabled: useAllowed("channels") });
  const { data: labels = [] } = useQuery(labelsQuery);
  const { data: teams = [] } = useQuery({ ...teamsQuery, enabled: useAllowed("team") });
  const used = [filter.channel, filter.label, filter.team].filter(Boolean).length;
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button size="icon-sm" className="relative" aria-label={t("filter.more", { count: used })}>
          <ListFilter />
          {used > 0 && <span className="absolute -top-1 -right-1 size-2.5 rounded-full bg-accent" />}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label={t("filter.more", { count: used })} className="grid w-64 gap-3">
        <Field label={t("filter.channel")}>
          <Select value={filter.channel ?? ""} onChange={(e) => onChange({ channel: e.target.value || undefined })}>
            <option value="">{t("filter.anyChannel")}</option>
            {channels.map((c) => (
              <option key={c.id} value={c.id}>
                {c.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("filter.label")}>
          <Select value={filter.label ?? ""} onChange={(e) => onChange({ label: e.target.value || undefined })}>
            <option value="">{t("filter.anyLabel")}</option>
            {labels.map((l) => (
              <option key={l.id} value={l.id}>
                {l.name}
              </option>
            ))}
          </Select>
        </Field>
        {teams.length > 0 && (
          <Field label={t("filter.team")}>
            <Select value={filter.team ?? ""} onChange={(e) => onChange({ team: e.target.value || undefined })}>
              <option value="">{t("filter.anyTeam")}</option>
              {teams.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {used > 0 && (
          <Button size="sm" onClick={() => onChange({ channel: undefined, label: undefined, team: undefined })}>
            {t("common:noMatch.clear")}
          </Button>
        )}
      </PopoverContent>
    </Popover>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Bell as BellIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { incidentsQuery, useAllowed } from "@/lib/api/queries";
import { cn } from "@/lib/cn";
import { Count } from "@/ui/badge";
import { Button } from "@/ui/button";
import { IncidentList } from "@/ui/incidents";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";

/** What is wrong with channels now, from any page. */
export default function Bell({ compact }: { compact?: boolean }) {
  const { t } = useTranslation("incidents");
  const may = useAllowed("channels");
  const { data: incidents = [] } = useQuery({ ...incidentsQuery, enabled: may });
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          variant="ghost"
          size={compact ? "icon" : "sm"}
          className={cn("relative", !compact && "w-full justify-start gap-2.5 px-2.5")}
        >
          <BellIcon aria-hidden />
          <span className={compact ? "sr-only" : "truncate rail:sr-only"}>{t("short")}</span>
          <Count
            n={incidents.length}
            label={t("open", { count: incidents.length })}
            className={cn(
              "bg-danger",
              compact
                ? "absolute top-1 right-1 h-4 min-w-4 px-1"
                : "ml-auto rail:absolute rail:-top-0.5 rail:-right-1 rail:h-4 rail:min-w-4 rail:px-1",
            )}
          />
        </Button>
      </PopoverTrigger>
      <PopoverContent
        side={compact ? "bottom" : "right"}
        align="end"
        aria-label={t("title")}
        className="w-80 max-w-[calc(100vw-1rem)] p-0"
      >
        {incidents.length === 0 ? (
          <p className="p-4 text-muted">{t("none")}</p>
        ) : (
          <IncidentList incidents={incidents} onFollow={() => setOpen(false)} />
        )}
      </PopoverContent>
    </Popover>
  );
}

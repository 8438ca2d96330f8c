import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { labelsQuery, useAllowed } from "@/lib/api/queries";
import type { Conversation } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Menu, MenuCheck, MenuContent, MenuTrigger } from "@/ui/menu";
import type { Actions } from "./actions";

/** The conversation's labels, on and off; used in the contact pane and in the header's menu. */
export function LabelChecks({ conversation: c, actions }: { conversation: Conversation; actions: Actions }) {
  const { t } = useTranslation(["inbox", "common"]);
  const { data: labels = [] } = useQuery(labelsQuery);
  const on = c.labels.map((l) => l.id);
  const toggle = (id: string) => void actions.labels(on.includes(id) ? on.filter((l) => l !== id) : [...on, id]);
  if (labels.length === 0) return <p className="px-2 py-1.5 text-muted">{t("noLabels")}</p>;
  return labels.map((l) => (
    <MenuCheck
      key={l.id}
      checked={on.includes(l.id)}
      onSelect={(e) => e.preventDefault()} // several in one go
      onCheckedChange={() => toggle(l.id)}
    >
      <span aria-hidden className="size-2.5 rounded-full" style={{ backgroundColor: l.color }} />
      {l.name}
    </MenuCheck>
  ));
}

export function LabelPicker(props: { conversation: Conversation; actions: Actions }) {
  const { t } = useTranslation(["inbox", "common"]);
  if (!useAllowed("inbox", "write")) return null;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={t("action.labels")}>
          <Plus />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <LabelChecks {...props} />
      </MenuContent>
    </Menu>
  );
}

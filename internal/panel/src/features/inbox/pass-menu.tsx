import { useQuery } from "@tanstack/react-query";
import { Smartphone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import type { Conversation } from "@/lib/api/types";
import { MenuItem, MenuLabel, MenuSub, MenuSubContent, MenuSubTrigger } from "@/ui/menu";
import { SkeletonRows } from "@/ui/states";
import type { Actions } from "./actions";

type Props = { conversation: Conversation; actions: Actions };

/** Offers the person to go on at a number that an agent holds with a phone. */
export function PassMenu({ conversation: c, actions }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  if (!c.can.reply || !c.window.open) return null;
  return (
    <MenuSub>
      <MenuSubTrigger>
        <Smartphone aria-hidden />
        {t("pass.action")}
      </MenuSubTrigger>
      <MenuSubContent>
        <MenuLabel>{t("pass.asks")}</MenuLabel>
        <Numbers conversation={c} actions={actions} />
      </MenuSubContent>
    </MenuSub>
  );
}

function Numbers({ conversation: c, actions }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const { data, isPending } = useQuery({
    queryKey: ["sessions"],
    queryFn: async () => (await ok(client.GET("/api/v1/sessions"))).items,
  });
  if (isPending) return <SkeletonRows rows={2} height={32} />;
  const numbers = data?.filter((s) => s.phase === "online" && s.number && s.channel_id !== c.channel.id) ?? [];
  if (numbers.length === 0) return <MenuItem disabled>{t("pass.none")}</MenuItem>;
  return numbers.map((s) => (
    <MenuItem key={s.channel_id} onSelect={() => void actions.pass(s.channel_id)}>
      {s.channel_name}
      <span className="text-muted text-xs">{s.number}</span>
    </MenuItem>
  ));
}

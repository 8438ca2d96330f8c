import { useQuery } from "@tanstack/react-query";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { botsQuery, useAllowed } from "@/lib/api/queries";
import { Select } from "@/ui/field";

/** Which bot answers a channel first; none is a choice too. Needs its value: the bots may come after it. */
export function BotSelect(props: ComponentProps<"select">) {
  const { t } = useTranslation(["channels", "common"]);
  const { data: bots = [] } = useQuery({ ...botsQuery, enabled: useAllowed("bots") });
  return (
    <Select {...props}>
      <option value="">{t("bot.none")}</option>
      {bots.map((b) => (
        <option key={b.id} value={b.id}>
          {b.name}
        </option>
      ))}
    </Select>
  );
}

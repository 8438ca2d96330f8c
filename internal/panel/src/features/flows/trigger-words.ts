import { useTranslation } from "react-i18next";
import type { Trigger } from "./model/types";

/** What starts a flow, in a line: "Contiene «envío», «domicilio»". */
export function useTriggerWords(): (trigger: Trigger) => string {
  const { t } = useTranslation("flows");
  const quoted = (words: readonly string[] | undefined) => {
    const list = (words ?? []).filter(Boolean).map((w) => t("trigger.quoted", { word: w }));
    return list.length > 3 ? `${list.slice(0, 3).join(", ")} +${list.length - 3}` : list.join(", ");
  };
  const main = (one: Trigger): string => {
    switch (one.type) {
      case "keyword":
        return t(`trigger.says.${one.match ?? "contains"}`, { words: quoted(one.words) || "…" });
      case "ref":
        return t("trigger.says.ref", { ref: one.ref || "…" });
      case "event":
        return t("trigger.says.event", { event: eventName(one.event) });
      case "schedule":
        return t("trigger.says.schedule", { tag: one.tag || "…" });
      case "hours":
        return t(one.when === "open" ? "trigger.says.hoursOpen" : "trigger.says.hoursClosed");
      case "first":
      case "opened":
      case "api":
        return t(`trigger.says.${one.type}`);
    }
  };
  const eventName = (event: string | undefined) =>
    event ? t(`event.${event.replace(".", "_")}` as "event.cart_abandoned", { defaultValue: event }) : "…";
  return (one) => {
    const when =
      one.type !== "hours" && (one.when === "open" || one.when === "closed") ? t(`trigger.only.${one.when}`) : "";
    return when ? `${main(one)} · ${when}` : main(one);
  };
}

/** Events that Recado itself tells flows of; a company's own may have any other name. */
export const EVENTS = [
  "cart.abandoned",
  "order.created",
  "order.paid",
  "tag.added",
  "field.changed",
  "subscription.expiring",
] as const;

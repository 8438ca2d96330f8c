import { useTranslation } from "react-i18next";

type Named = { id: string; name: string; email?: string; phone?: string };

/** What to call a customer: many visitors of a web page never say their name. */
export function useContactName(): (contact: Named) => string {
  const { t } = useTranslation();
  return (c) => c.name || c.email || c.phone || t("anonymous", { id: c.id.slice(-4).toUpperCase() });
}

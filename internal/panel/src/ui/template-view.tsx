import { Reply } from "lucide-react";
import { useTranslation } from "react-i18next";
import { filled } from "@/lib/template";
import { MessageText } from "./content/text";

type Props = {
  template: { header?: string; body: string; footer?: string; buttons?: string[] };
  values: readonly string[];
};

/** A template as the customer will see it, with its places filled as far as they are. */
export function TemplateView({ template: v, values }: Props) {
  const { t } = useTranslation("templates");
  return (
    <div className="max-w-sm overflow-hidden rounded-lg border bg-surface">
      <div className="grid gap-1 px-3 py-2 [overflow-wrap:anywhere]">
        {v.header && <p className="font-semibold">{v.header}</p>}
        {v.body ? <MessageText text={filled(v.body, values)} /> : <p className="text-muted">{t("form.empty")}</p>}
        {v.footer && <p className="text-muted text-xs">{v.footer}</p>}
      </div>
      {v.buttons && v.buttons.length > 0 && (
        <ul className="divide-y border-t">
          {v.buttons.map((label, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may read the same while they are being written
            <li key={i} className="flex min-h-9 items-center justify-center gap-1.5 px-3 font-medium text-accent">
              <Reply aria-hidden className="size-3.5" />
              {label}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

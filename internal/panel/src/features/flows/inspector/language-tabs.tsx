import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "@/i18n";
import { cn } from "@/lib/cn";
import { useBuilder } from "../builder/context";
import type { Data } from "../model/types";

const TAG = /^[a-z]{2,3}$/;

/** The texts within some data: objects of strings by language. */
function texts(value: unknown): Record<string, string>[] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  if (!Array.isArray(value) && entries.length > 0 && entries.every(([k, v]) => TAG.test(k) && typeof v === "string"))
    return [value as Record<string, string>];
  return entries.flatMap(([, part]) => texts(part));
}

/** In which language the texts below are written, and where one is still missing. */
export function LanguageTabs({ data }: { data: Data }) {
  const { t } = useTranslation(["flows", "common"]);
  const { editing, writing, write } = useBuilder();
  const all = texts(data);
  const others = all.flatMap((one) => Object.keys(one)).filter((lang) => !LANGUAGES.includes(lang as "es"));
  const tags = [...new Set<string>([...LANGUAGES, ...others])];
  const missing = (lang: string) => all.some((one) => Object.values(one).some(Boolean) && !one[lang]);
  return (
    <fieldset className="grid gap-1.5">
      <legend className="sr-only">{t("writing.legend")}</legend>
      <div className="flex gap-1 rounded-md bg-sunken p-0.5">
        {tags.map((lang) => (
          <button
            key={lang}
            type="button"
            aria-pressed={writing === lang}
            onClick={() => write(lang)}
            className={cn(
              "flex h-8 flex-1 items-center justify-center gap-1.5 rounded-md text-muted",
              writing === lang && "bg-surface font-medium text-text",
            )}
          >
            {lang === "es" || lang === "en" ? t(`common:language.${lang}`) : lang}
            {lang === editing.def.language ? (
              <span className="text-muted text-xs">{t("writing.main")}</span>
            ) : (
              missing(lang) && (
                <CircleAlert role="img" aria-label={t("writing.missing")} className="size-3.5 text-warn" />
              )
            )}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, setLanguage } from "@/i18n";
import { Button } from "@/ui/button";

/** The page around login and sign-up, with the language at hand for whoever cannot read it. */
export function AuthFrame({
  title,
  lead,
  children,
  foot,
}: {
  title: string;
  lead: string;
  children: ReactNode;
  foot: ReactNode;
}) {
  const { t, i18n } = useTranslation(["auth", "common"]);
  return (
    <main className="thin-scroll grid h-full grid-rows-[1fr_auto] overflow-auto">
      <div className="grid place-items-center p-4">
        <div className="w-full max-w-sm py-8">
          <div className="mb-6 flex items-center gap-2.5">
            <img src="/favicon.svg" alt="" width={32} height={32} />
            <span className="font-semibold text-base">{t("common:app")}</span>
          </div>
          <h1 className="font-semibold text-xl leading-7">{title}</h1>
          <p className="mt-1 mb-6 text-muted">{lead}</p>
          {children}
          <p className="mt-6 text-muted">{foot}</p>
        </div>
      </div>
      <div className="flex justify-center gap-1 p-4">
        {LANGUAGES.map((one) => (
          <Button
            key={one}
            variant="ghost"
            size="sm"
            lang={one}
            aria-pressed={i18n.language === one}
            onClick={() => void setLanguage(one)}
          >
            {t(`common:language.${one}`)}
          </Button>
        ))}
      </div>
    </main>
  );
}

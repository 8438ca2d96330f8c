import { LayoutTemplate } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Tip } from "@/ui/tooltip";

const TemplatePicker = lazy(() => import("./template-picker"));

/** A template while one may still write freely: an order's confirmation has its fixed words. */
export default function TemplateButton({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("inbox");
  const [picking, setPicking] = useState(false);
  return (
    <>
      <Tip label={t("window.choose")} side="top">
        <Button size="icon-sm" variant="ghost" aria-label={t("window.choose")} onClick={() => setPicking(true)}>
          <LayoutTemplate />
        </Button>
      </Tip>
      {picking && (
        <Suspense>
          <TemplatePicker conversation={conversation} onClose={() => setPicking(false)} />
        </Suspense>
      )}
    </>
  );
}

import { LayoutTemplate, MessageSquareOff } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "@/lib/api/types";
import { useContactName } from "@/lib/contact";
import { Button } from "@/ui/button";
import type { Writing } from "./window";

const TemplatePicker = lazy(() => import("./template-picker"));

/** The time to write freely is over: a template, where the channel has them, or nothing. */
export default function WindowClosed({ conversation: c, writing }: { conversation: Conversation; writing: Writing }) {
  const { t } = useTranslation(["inbox", "common"]);
  const name = useContactName()(c.contact);
  const [picking, setPicking] = useState(false);
  return (
    <div className="flex min-h-[6.5rem] flex-wrap items-center justify-center gap-3 rounded-lg border border-dashed p-4 text-center">
      {writing === "nothing" && <MessageSquareOff aria-hidden className="size-4 shrink-0 text-muted" />}
      <p className="text-muted">{t(`window.${writing as "template" | "nothing"}`, { name })}</p>
      {writing === "template" && (
        <Button size="sm" variant="primary" onClick={() => setPicking(true)}>
          <LayoutTemplate aria-hidden />
          {t("window.choose")}
        </Button>
      )}
      {picking && (
        <Suspense>
          <TemplatePicker conversation={c} onClose={() => setPicking(false)} />
        </Suspense>
      )}
    </div>
  );
}

import { ChevronRight } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import { useSettled } from "@/lib/settled";
import { Skeleton } from "@/ui/states";
import { useBuilder } from "../builder/context";
import { spoken } from "../model/spoken";
import type { NodeDef, NodeType } from "../model/types";

const OnChannels = lazy(() => import("@/ui/on-channels"));
const PAUSE = 500; // ms of typing that one request waits for

/** What the block's message becomes on each of the bot's channels. */
export function PreviewOn({ node, type }: { node: NodeDef; type: NodeType | undefined }) {
  const { t } = useTranslation("flows");
  const { bot, writing } = useBuilder();
  const may = useAllowed("channels");
  const [open, setOpen] = useState(false);
  const settled = useSettled(node, PAUSE);
  const content = spoken(settled, type, writing);
  const speaks = type?.fields.some((f) => f.kind === "content") || spoken(node, type, writing) !== undefined;
  if (!may || !speaks) return null;
  return (
    <details open={open} onToggle={(e) => setOpen(e.currentTarget.open)} className="group border-t pt-4">
      <summary className="flex list-none items-center gap-1 font-medium">
        <ChevronRight aria-hidden className="size-4 text-muted group-open:rotate-90" />
        {t("preview.title")}
      </summary>
      {open && (
        <div className="pt-3">
          {bot.channels.length === 0 ? (
            <p className="text-muted">{t("preview.none")}</p>
          ) : content ? (
            <Suspense fallback={<Skeleton className="h-24" />}>
              <OnChannels content={content} only={bot.channels.map((c) => c.id)} />
            </Suspense>
          ) : (
            <p className="text-muted">{t("preview.empty")}</p>
          )}
        </div>
      )}
    </details>
  );
}

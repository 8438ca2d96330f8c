import { Eye } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import type { Content } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { Skeleton } from "@/ui/states";

const OnChannels = lazy(() => import("./on-channels"));

/** Shows what a message becomes on each of the company's channels, before anybody gets it. */
export function OnChannel({ content, n }: { content: Content; n: number }) {
  const { t } = useTranslation(["bots", "common"]);
  const empty = !content.text?.trim() && !content.media;
  if (!useAllowed("channels")) return null;
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t("onChannel.open", { n })} disabled={empty}>
          <Eye />
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label={t("onChannel.title")} className="w-96 max-w-[calc(100vw-1rem)]">
        <Suspense fallback={<Skeleton className="h-24" />}>
          <OnChannels content={content} />
        </Suspense>
      </PopoverContent>
    </Popover>
  );
}

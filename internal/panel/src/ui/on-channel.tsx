import { Eye } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import type { Content } from "@/lib/api/types";
import { Button } from "./button";
import { Popover, PopoverContent, PopoverTrigger } from "./popover";
import { Skeleton } from "./states";

const OnChannels = lazy(() => import("./on-channels"));

type Props = {
  content: Content;
  /** Which of several answers it is. */
  n: number;
  /** The channels it matters on; all of the company's without it. */
  channels?: readonly string[];
  disabled?: boolean;
};

/** Shows what a message becomes on each channel, before anybody gets it. */
export function OnChannel({ content, n, channels, disabled }: Props) {
  const { t } = useTranslation("previews");
  if (!useAllowed("channels")) return null;
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t("open", { n })} disabled={disabled}>
          <Eye />
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label={t("title")} className="w-96 max-w-[calc(100vw-1rem)]">
        <Suspense fallback={<Skeleton className="h-24" />}>
          <OnChannels content={content} only={channels} />
        </Suspense>
      </PopoverContent>
    </Popover>
  );
}

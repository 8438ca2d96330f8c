import { Link, type LinkProps } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";

type Props = {
  icon: ReactNode;
  name: string;
  value: string;
  note?: string;
  /** Against yesterday: 0.1 is 10 % more. */
  change?: number;
  tone?: "warn";
  link?: Pick<LinkProps, "to" | "search">;
};

/** One figure of today. */
export function Tile({ icon, name, value, note, change, tone, link }: Props) {
  return (
    <div className={cn("relative min-w-0 rounded-lg border bg-surface p-4", link && "hover:border-accent/50")}>
      <dt className="flex items-start gap-2 text-muted [&_svg]:size-4">
        <span aria-hidden className="mt-0.5 shrink-0 max-sm:hidden">
          {icon}
        </span>
        <span>
          {link ? (
            <Link {...link} className="after:absolute after:inset-0 after:rounded-lg">
              {name}
            </Link>
          ) : (
            name
          )}
        </span>
      </dt>
      <dd className={cn("mt-2 font-semibold text-2xl leading-8 tabular-nums", tone === "warn" && "text-warn")}>
        {value}
      </dd>
      <dd className="truncate text-muted text-xs">{change === undefined ? note : <Change share={change} />}</dd>
    </div>
  );
}

function Change({ share }: { share: number }) {
  const { t } = useTranslation(["overview", "common"]);
  const format = useFormat();
  const Icon = share < 0 ? ArrowDown : ArrowUp;
  const key = share < 0 ? "tile.less" : "tile.more";
  return (
    <span className="inline-flex items-center gap-1">
      <Icon aria-hidden className="size-3.5" />
      {t(key, { share: format.percent(Math.abs(share)) })}
    </span>
  );
}

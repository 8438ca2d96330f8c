import { Link } from "@tanstack/react-router";
import { Bot, Clock, Info, Megaphone, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/lib/api/queries";
import type { ConversationRow } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { useContactName } from "@/lib/contact";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { Avatar } from "@/ui/avatar";
import { Count } from "@/ui/badge";
import { useSnippet } from "@/ui/content/snippet";
import { LabelDot } from "@/ui/label";
import { StateBadge } from "@/ui/state-badge";

// Whoever wrote last, when it was not the customer.
const authors = { bot: Bot, agent: UserRound, campaign: Megaphone, system: Info } as const;
const authorOf = (from: string) => (from in authors ? (from as keyof typeof authors) : undefined);

/** One conversation of the list: who, the last words, whose turn it is. */
export function Row({ row, selected }: { row: ConversationRow; selected: boolean }) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  const now = useNow();
  const me = useMe().user.id;
  const snippet = useSnippet();
  const nameOf = useContactName();
  const from = authorOf(row.last.from);
  const From = from && authors[from];
  const unread = row.unread > 0;
  return (
    <Link
      to="/inbox/{-$conversation}"
      params={{ conversation: row.id }}
      search={(s) => s}
      aria-current={selected ? "true" : undefined}
      className={cn(
        "flex h-full items-start gap-3 border-b px-3 py-2.5 outline-offset-[-2px] transition-colors duration-[120ms] hover:bg-sunken",
        selected && "bg-accent-soft hover:bg-accent-soft",
      )}
    >
      <Avatar name={row.contact.name} initials={row.contact.initials} className="mt-0.5" />
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline gap-2">
          <span className={cn("truncate", unread ? "font-semibold" : "font-medium")}>{nameOf(row.contact)}</span>
          <time
            dateTime={row.last.at}
            title={format.moment(row.last.at)}
            className="ml-auto shrink-0 text-muted text-xs"
          >
            {format.ago(row.last.at, now)}
          </time>
        </p>
        <p className="flex items-center gap-1.5">
          {From && (
            <>
              <From aria-hidden className="size-3.5 shrink-0 text-muted" />
              <span className="sr-only">{t(`author.${from}`)}:</span>
            </>
          )}
          <span className={cn("truncate", unread ? "text-text" : "text-muted")}>{snippet(row.last.snippet)}</span>
          <Count n={row.unread} label={t("unread", { count: row.unread })} className="ml-auto shrink-0" />
        </p>
        <p className="mt-0.5 flex items-center gap-1.5 overflow-hidden text-muted text-xs">
          <StateBadge state={row.state} quiet />
          {row.state === "waiting" && row.waiting_since && (
            <span className="inline-flex shrink-0 items-center gap-1">
              <Clock aria-hidden className="size-3" />
              {format.duration(Math.max(0, (now - +new Date(row.waiting_since)) / 1000))}
            </span>
          )}
          <span className="truncate">
            {[row.channel.name, row.assignee && (row.assignee.id === me ? t("you") : row.assignee.name)]
              .filter(Boolean)
              .join(" · ")}
          </span>
          {row.labels.length > 0 && (
            <span className="ml-auto flex shrink-0 gap-1">
              {row.labels.slice(0, 4).map((l) => (
                <LabelDot key={l.id} label={l} />
              ))}
            </span>
          )}
        </p>
      </div>
    </Link>
  );
}

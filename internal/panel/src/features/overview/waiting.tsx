import { Link } from "@tanstack/react-router";
import { Clock, Smile } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import type { ConversationRow } from "@/lib/api/types";
import { useContactName } from "@/lib/contact";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { Avatar } from "@/ui/avatar";
import { useSnippet } from "@/ui/content/snippet";
import { Card } from "@/ui/page";
import { Empty, NoPermission } from "@/ui/states";

/** Who waits for a person, the longest first as the server sends them. */
export function Waiting({ rows, total }: { rows: ConversationRow[]; total: number }) {
  const { t } = useTranslation(["overview", "common"]);
  const format = useFormat();
  const now = useNow();
  const snippet = useSnippet();
  const nameOf = useContactName();
  const may = useAllowed("inbox");
  return (
    <Card
      title={t("waiting.title")}
      flush
      actions={
        may &&
        total > rows.length && (
          <Link
            to="/inbox/{-$conversation}"
            params={{ conversation: undefined }}
            search={{ state: "waiting" }}
            className="font-medium text-accent hover:underline"
          >
            {t("waiting.all", { count: total })}
          </Link>
        )
      }
    >
      {!may && <NoPermission className="p-6" />}
      {may && rows.length === 0 && <Empty icon={<Smile />} title={t("waiting.none")} className="p-6" />}
      {may && rows.length > 0 && (
        <ul className="divide-y border-t">
          {rows.map((row) => (
            <li key={row.id}>
              <Link
                to="/inbox/{-$conversation}"
                params={{ conversation: row.id }}
                className="flex min-h-14 items-center gap-3 px-4 py-2 outline-offset-[-2px] hover:bg-sunken"
              >
                <Avatar name={row.contact.name} initials={row.contact.initials} className="size-8" />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{nameOf(row.contact)}</span>
                  <span className="block truncate text-muted text-xs">{snippet(row.last.snippet)}</span>
                </span>
                {row.waiting_since && (
                  <span className="inline-flex shrink-0 items-center gap-1 text-warn text-xs">
                    <Clock aria-hidden className="size-3.5" />
                    {format.duration(Math.max(0, (now - +new Date(row.waiting_since)) / 1000))}
                  </span>
                )}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import { cn } from "@/lib/cn";
import { useHotkeys } from "@/lib/hotkeys";
import type { ConversationFilter, RowPages } from "@/lib/realtime/events";
import { keys, useLive } from "@/lib/realtime/live";
import { Empty, NoPermission } from "@/ui/states";
import type { ChangeFilter } from "./filters";
import { ConversationList } from "./list";
import { resume } from "./outbox";

// The list shows first; the conversation's code comes with the first one that is about to be opened.
const loadConversation = () => import("./conversation");
const ConversationView = lazy(loadConversation);

const route = getRouteApi("/shell/inbox/{-$conversation}");

export default function InboxPage() {
  const may = useAllowed("inbox");
  return may ? <Inbox /> : <NoPermission className="h-full" />;
}

function Inbox() {
  const { t } = useTranslation(["inbox", "common"]);
  const qc = useQueryClient();
  const navigate = route.useNavigate();
  const { conversation } = route.useParams();
  const { state, assignee, channel, label, team, q } = route.useSearch();
  const filter = useMemo<ConversationFilter>(
    () => ({ state: state ?? (q ? "all" : "open"), assignee, channel, label, team, q }),
    [state, assignee, channel, label, team, q],
  );
  const search = useRef<HTMLInputElement>(null);
  const { socket } = useLive();

  useEffect(() => {
    const again = () => resume(qc);
    again();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [qc]);

  useEffect(() => {
    socket?.view(conversation ?? null);
    return () => socket?.view(null);
  }, [socket, conversation]);

  const change = useCallback<ChangeFilter>(
    (part) => {
      void navigate({
        search: (s) => ({ ...s, ...part, state: part.state === "all" ? undefined : (part.state ?? s.state) }),
        replace: true,
      });
    },
    [navigate],
  );

  const move = (by: number) => {
    const rows = qc.getQueryData<RowPages>(keys.list(filter))?.pages.flatMap((p) => p.items) ?? [];
    const at = rows.findIndex((r) => r.id === conversation);
    const next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) void navigate({ params: { conversation: next.id }, search: (s) => s });
  };
  useHotkeys({ j: () => move(1), k: () => move(-1), "/": () => search.current?.focus() });

  return (
    <div className="flex h-full">
      <section
        aria-label={t("list")}
        onPointerEnter={() => void loadConversation()}
        onFocus={() => void loadConversation()}
        className={cn(
          "flex w-[22rem] shrink-0 flex-col border-r bg-surface max-lg:w-72 2xl:w-96 max-md:w-full max-md:border-r-0",
          conversation && "max-md:hidden",
        )}
      >
        <ConversationList filter={filter} onFilter={change} selected={conversation} searchRef={search} />
      </section>
      {conversation ? (
        <Suspense fallback={<div className="flex-1" />}>
          <ConversationView
            key={conversation}
            id={conversation}
            onBack={() => navigate({ params: { conversation: undefined }, search: (s) => s })}
          />
        </Suspense>
      ) : (
        <Empty
          className="flex-1 max-md:hidden"
          icon={<MessagesSquare />}
          title={t("pick.title")}
          body={t("pick.body")}
        />
      )}
    </div>
  );
}

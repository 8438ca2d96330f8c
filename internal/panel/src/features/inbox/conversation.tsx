import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import { useContactName } from "@/lib/contact";
import { useHotkeys } from "@/lib/hotkeys";
import { Failure, SkeletonRows } from "@/ui/states";
import { useActions } from "./actions";
import { Composer } from "./composer";
import { useDraft } from "./draft";
import { Header } from "./header";
import { MessageLog } from "./log";
import { conversationQuery } from "./queries";

const ContactPane = lazy(() => import("./contact-pane"));
const ContactSheet = lazy(() => import("./contact-sheet"));

/** The middle and right panes: what was said, and with whom. */
export default function ConversationView({ id, onBack }: { id: string; onBack: () => void }) {
  const { t } = useTranslation(["inbox", "common"]);
  const query = useQuery(conversationQuery(id));
  const actions = useActions(id);
  const draft = useDraft(id);
  const nameOf = useContactName();
  const [details, setDetails] = useState(false);
  const [assigning, setAssigning] = useState(false);
  const c = query.data;

  const may = useAllowed("inbox", "write");
  useHotkeys(
    may
      ? {
          e: c?.can.close ? () => void actions.close() : undefined,
          r: () => draft.focus("reply"),
          n: () => draft.focus("note"),
          a: () => setAssigning(true),
        }
      : {},
  );

  if (query.isError && !c)
    return <Failure className="h-full flex-1" error={query.error} onRetry={() => query.refetch()} />;
  if (!c)
    return (
      <div className="flex-1">
        <SkeletonRows rows={6} height={64} />
      </div>
    );
  return (
    <>
      <section aria-label={nameOf(c.contact)} className="flex min-w-0 flex-1 flex-col">
        <Header
          conversation={c}
          actions={actions}
          onBack={onBack}
          onDetails={() => setDetails(true)}
          assigning={assigning}
          onAssigning={setAssigning}
        />
        <MessageLog conversation={c} actions={actions} onQuote={draft.quote} />
        <Composer conversation={c} actions={actions} draft={draft} />
      </section>
      <aside
        aria-label={t("contact.title")}
        className="thin-scroll w-72 shrink-0 overflow-auto border-l bg-surface max-xl:hidden 2xl:w-80"
      >
        <Suspense fallback={<SkeletonRows rows={4} />}>
          <ContactPane conversation={c} actions={actions} />
        </Suspense>
      </aside>
      {details && (
        <Suspense>
          <ContactSheet conversation={c} actions={actions} onClose={() => setDetails(false)} />
        </Suspense>
      )}
    </>
  );
}

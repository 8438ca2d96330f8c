import { useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Clock, RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { ContentView } from "@/ui/content/content";
import { Bubble } from "./message";
import { discard, type Pending, retry } from "./outbox";

/** A message that has not reached the server yet, or that it refused. */
export function PendingLine({ pending: p, first }: { pending: Pending; first: boolean }) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  const qc = useQueryClient();
  return (
    <Bubble
      look={p.note ? "note" : "agent"}
      first={first}
      author={p.note ? t("noteBy", { name: t("you") }) : t("you")}
      meta={
        <>
          <time dateTime={p.at}>{format.time(p.at)}</time>
          {p.error ? (
            <span className="inline-flex items-center gap-1 text-danger">
              <CircleAlert aria-hidden className="size-3.5" />
              {t("messageState.failed")}
            </span>
          ) : (
            <span className="inline-flex items-center gap-1">
              <Clock aria-hidden className="size-3.5" />
              {t("messageState.sending")}
            </span>
          )}
        </>
      }
    >
      <ContentView content={p.content} />
      {p.error && (
        <div role="alert" className="-mx-1 mt-2 rounded-md bg-surface px-2 py-1.5 text-text text-xs">
          <p>{p.error}</p>
          <div className="mt-1 flex gap-3">
            {!p.refused && (
              <button
                type="button"
                className="inline-flex min-h-6 items-center gap-1 font-medium text-accent hover:underline"
                onClick={() => retry(qc, p.id)}
              >
                <RotateCw aria-hidden className="size-3.5" />
                {t("action.resend")}
              </button>
            )}
            <button
              type="button"
              className="min-h-6 font-medium text-danger hover:underline"
              onClick={() => discard(p.id)}
            >
              {t("action.discard")}
            </button>
          </div>
        </div>
      )}
    </Bubble>
  );
}

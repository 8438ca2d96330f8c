import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import { useMe } from "@/lib/api/queries";
import type { Conversation } from "@/lib/api/types";
import { useContactName } from "@/lib/contact";
import { applyMessages, type Thread } from "@/lib/realtime/events";
import { keys, putConversation } from "@/lib/realtime/live";
import { say, sayProblem } from "@/ui/toast";

/** What can be done to a conversation; each call shows its result everywhere, or says why not. */
export function useActions(id: string) {
  const { t } = useTranslation(["inbox", "common"]);
  const qc = useQueryClient();
  const me = useMe().user.id;
  const nameOf = useContactName();
  const params = { path: { id } };

  const run = async (request: Promise<Conversation>) => {
    try {
      const c = await request;
      putConversation(qc, c, me);
      return c;
    } catch (error) {
      sayProblem(error);
      // Refused because somebody was faster: show how things stand now.
      if (Problem.from(error).status === 409) void qc.invalidateQueries({ queryKey: keys.conversation(id) });
      return undefined;
    }
  };

  const reopen = () => run(ok(client.POST("/api/v1/conversations/{id}/reopen", { params })));
  return {
    reopen,
    claim: () => run(ok(client.POST("/api/v1/conversations/{id}/claim", { params }))),
    release: () => run(ok(client.POST("/api/v1/conversations/{id}/release", { params }))),
    async close() {
      const closed = await run(ok(client.POST("/api/v1/conversations/{id}/close", { params })));
      if (closed)
        say(t("toast.closed", { name: nameOf(closed.contact) }), { label: t("common:undo"), run: () => void reopen() });
    },
    assign: (user: string | null) =>
      run(ok(client.POST("/api/v1/conversations/{id}/assign", { params, body: { user } }))),
    pause: (minutes: number) => run(ok(client.POST("/api/v1/conversations/{id}/pause", { params, body: { minutes } }))),
    labels: (labels: string[]) =>
      run(ok(client.PUT("/api/v1/conversations/{id}/labels", { params, body: { labels } }))),
    async pass(channel: string) {
      try {
        const sent = await ok(
          client.POST("/api/v1/conversations/{id}/pass", {
            params: { ...params, header: { "Idempotency-Key": crypto.randomUUID() } },
            body: { channel_id: channel },
          }),
        );
        qc.setQueryData<Thread>(keys.messages(id), (thread) => thread && applyMessages(thread, [sent]));
        say(t("pass.sent"));
      } catch (error) {
        sayProblem(error);
      }
    },
    async resend(message: string) {
      try {
        const sent = await ok(
          client.POST("/api/v1/conversations/{id}/messages/{message}/resend", { params: { path: { id, message } } }),
        );
        qc.setQueryData<Thread>(keys.messages(id), (thread) => thread && applyMessages(thread, [sent]));
      } catch (error) {
        sayProblem(error);
      }
    },
  };
}

export type Actions = ReturnType<typeof useActions>;

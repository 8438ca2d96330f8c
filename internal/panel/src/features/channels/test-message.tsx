import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, LoaderCircle, Send } from "lucide-react";
import { useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import type { Channel, ChannelKind, Message, MessageState } from "@/lib/api/types";
import { explained } from "@/lib/explained";
import { z } from "@/lib/zod";
import { Button } from "@/ui/button";
import { Field, FormError, Input, Textarea } from "@/ui/field";
import { Card } from "@/ui/page";

type Props = { channel: Channel; kind: ChannelKind };

/** One message to oneself, and what becomes of it. */
export function TestMessage({ channel, kind }: Props) {
  const { t } = useTranslation(["channels", "common"]);
  const schema = z.object({
    to: z.string().trim().min(1, t("form.required")).max(300, t("form.long")),
    text: z.string().trim().min(1, t("form.required")).max(1000, t("form.long")),
  });
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { to: "", text: t("test.text") } });
  const { errors, isSubmitting } = form.formState;
  const [sent, setSent] = useState<Message>();
  const key = useRef<string>(undefined); // the same for a repeat after a cut connection, so that one message is one

  const submit = form.handleSubmit(async (body) => {
    key.current ??= crypto.randomUUID();
    const params = { path: { id: channel.id }, header: { "Idempotency-Key": key.current } };
    try {
      setSent(await ok(client.POST("/api/v1/channels/{id}/test", { params, body })));
      key.current = undefined;
    } catch (error) {
      const problem = Problem.from(error);
      if (problem.status > 0) key.current = undefined;
      showProblem(problem, form.setError, ["to", "text"]);
    }
  });
  return (
    <Card title={t("test.title")} lead={t("test.lead")}>
      <form onSubmit={submit} noValidate className="grid max-w-xl gap-4">
        <FormError message={errors.root?.message} />
        <Field label={t("test.to")} hint={t("test.toHint")} error={errors.to?.message}>
          <Input {...form.register("to")} autoComplete="off" />
        </Field>
        <Field label={t("test.message")} error={errors.text?.message}>
          <Textarea {...form.register("text")} />
        </Field>
        <Button type="submit" variant="primary" className="justify-self-start" busy={isSubmitting}>
          {!isSubmitting && <Send aria-hidden />}
          {t("test.send")}
        </Button>
      </form>
      {sent && <Outcome key={sent.id} sent={sent} kind={kind} />}
    </Card>
  );
}

const failed = new Set<MessageState>(["failed", "cancelled", "expired"]);

/** Whether nothing more will be heard of a message. */
export const settled = (state: MessageState, receipts: boolean) =>
  failed.has(state) || state === "read" || state === "delivered" || (state === "sent" && !receipts);

const NEAR = 20; // messages; a test's conversation hardly has more after it

function Outcome({ sent, kind }: { sent: Message; kind: ChannelKind }) {
  const { t } = useTranslation(["channels", "common"]);
  const { receipts } = kind.capabilities;
  const { data: m = sent } = useQuery({
    queryKey: ["test-message", sent.id],
    queryFn: async () => {
      const params = { path: { id: sent.conversation_id }, query: { after: sent.seq - 1, limit: NEAR } };
      const page = await ok(client.GET("/api/v1/conversations/{id}/messages", { params }));
      return page.items.find((one) => one.id === sent.id) ?? sent;
    },
    refetchInterval: ({ state }) => (state.data && settled(state.data.state, receipts) ? false : 1000),
  });
  const bad = failed.has(m.state);
  const done = settled(m.state, receipts);
  const Icon = bad ? CircleAlert : done ? CircleCheck : LoaderCircle;
  const tone = bad ? "text-danger" : done ? "text-ok" : "text-muted";
  return (
    <div role="status" className="mt-4 flex items-start gap-2.5 rounded-md border px-3 py-2.5">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${tone} ${bad || done ? "" : "animate-spin"}`} />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <p className="font-medium">{t(`test.state.${m.state}`)}</p>
        {m.error && <p>{m.error.text || explained(kind.errors, m.error.code)}</p>}
        <Link
          to="/inbox/{-$conversation}"
          params={{ conversation: m.conversation_id }}
          className="text-accent underline-offset-2 hover:underline"
        >
          {t("test.see")}
        </Link>
      </div>
    </div>
  );
}

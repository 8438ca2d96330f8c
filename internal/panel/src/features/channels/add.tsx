import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ChevronRight, TriangleAlert } from "lucide-react";
import { useId, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { channelsQuery, useKinds } from "@/lib/api/queries";
import type { ChannelKind } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Checkbox } from "@/ui/field";
import { Failure, SkeletonRows } from "@/ui/states";
import { CreateWebchat } from "./create-webchat";
import { WEBCHAT } from "./defaults";
import { KindFields } from "./kind-fields";
import { type KindForm, kindSchema, toSend, valuesOf } from "./kind-form";

/** First which kind of channel, then what that kind asks for. */
export default function AddChannel({ onClose }: { onClose: () => void }) {
  const [kind, setKind] = useState<ChannelKind>();
  if (!kind) return <Choose onPick={setKind} onClose={onClose} />;
  if (kind.kind === WEBCHAT) return <CreateWebchat onClose={onClose} />;
  return <Create kind={kind} onBack={() => setKind(undefined)} onClose={onClose} />;
}

function Choose({ onPick, onClose }: { onPick: (kind: ChannelKind) => void; onClose: () => void }) {
  const { t } = useTranslation(["channels", "common"]);
  const query = useKinds();
  const kinds = query.data ?? [];
  const groups = [
    ["official", kinds.filter((k) => k.official)],
    ["other", kinds.filter((k) => !k.official)],
  ] as const;
  return (
    <Dialog side open onClose={onClose} title={t("add.title")} description={t("add.lead")}>
      {query.isPending && <SkeletonRows rows={6} height={64} />}
      {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
      <div className="grid gap-6">
        {groups.map(
          ([group, list]) =>
            list.length > 0 && (
              <section key={group} aria-label={t(`add.${group}`)} className="grid gap-2">
                <h3 className="font-medium text-muted text-xs">{t(`add.${group}`)}</h3>
                <ul className="divide-y overflow-hidden rounded-lg border">
                  {list.map((k) => (
                    <li key={k.kind}>
                      <button
                        type="button"
                        onClick={() => onPick(k)}
                        className="flex w-full items-center gap-3 px-4 py-3 text-left outline-offset-[-2px] hover:bg-sunken"
                      >
                        <span className="min-w-0 flex-1">
                          <span className="block font-medium">{k.name}</span>
                          <span className="block text-muted">{k.about}</span>
                        </span>
                        <ChevronRight aria-hidden className="size-4 shrink-0 text-muted" />
                      </button>
                    </li>
                  ))}
                </ul>
              </section>
            ),
        )}
      </div>
    </Dialog>
  );
}

type CreateProps = { kind: ChannelKind; onBack: () => void; onClose: () => void };

function Create({ kind, onBack, onClose }: CreateProps) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const navigate = useNavigate();
  const id = useId();
  const warned = !!kind.risk && !kind.official;
  const [accepted, setAccepted] = useState(false);
  const need = { required: t("form.required"), long: t("form.long") };
  const form = useForm<KindForm>({
    resolver: zodResolver(kindSchema(kind.fields, [], need)),
    defaultValues: { name: kind.name, bot_id: "", values: valuesOf(kind.fields) },
  });

  const submit = form.handleSubmit(async ({ name, bot_id, values }) => {
    try {
      const body = { kind: kind.kind, name, bot_id: bot_id || undefined, values: toSend(kind.fields, values) };
      const channel = await ok(client.POST("/api/v1/channels", { body }));
      void qc.invalidateQueries({ queryKey: channelsQuery.queryKey });
      await navigate({ to: "/channels/$channel", params: { channel: channel.id } });
    } catch (error) {
      showProblem(Problem.from(error), form.setError, ["name", "bot_id", "values"]);
    }
  });

  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={t("add.named", { name: kind.name })}
      description={kind.about}
      footer={
        <>
          <Button variant="ghost" className="mr-auto" onClick={onBack}>
            <ArrowLeft aria-hidden />
            {t("add.back")}
          </Button>
          <Button
            type="submit"
            form={id}
            variant="primary"
            busy={form.formState.isSubmitting}
            disabled={warned && !accepted}
          >
            {t("add.submit")}
          </Button>
        </>
      }
    >
      <FormProvider {...form}>
        <form id={id} onSubmit={submit} noValidate className="grid gap-4">
          {kind.risk && <Risk text={kind.risk} />}
          <KindFields kind={kind} />
          {warned && (
            <Checkbox label={t("add.accept")} checked={accepted} onChange={(e) => setAccepted(e.target.checked)} />
          )}
        </form>
      </FormProvider>
    </Dialog>
  );
}

/** What the owner must know before connecting it. */
export function Risk({ text }: { text: string }) {
  return (
    <p className="flex items-start gap-2.5 rounded-md border border-warn/40 bg-warn/8 px-3 py-2.5">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      {text}
    </p>
  );
}

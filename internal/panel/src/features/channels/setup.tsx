import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { Problem, showProblem } from "@/lib/api/problem";
import { useAllowed } from "@/lib/api/queries";
import type { Channel, ChannelKind } from "@/lib/api/types";
import { CopyButton } from "@/ui/copy";
import { Card } from "@/ui/page";
import { SaveBar } from "@/ui/save-bar";
import { say } from "@/ui/toast";
import { Risk } from "./add";
import { KindFields } from "./kind-fields";
import { type KindForm, kindSchema, toSend, valuesOf } from "./kind-form";
import { putChannel } from "./queries";

type Props = { channel: Channel; kind: ChannelKind };

/** What to do at the platform, what to copy there, and what to bring from there. */
export function Setup({ channel, kind }: Props) {
  const { t } = useTranslation(["channels", "common"]);
  const made = kind.fields.filter((f) => f.generate && f.type !== "secret" && channel.values[f.key]);
  const copied = [
    ...(kind.webhook && channel.hook ? [[t("setup.hook"), channel.hook] as const] : []),
    ...made.map((f) => [f.label, channel.values[f.key] ?? ""] as const),
  ];
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <div className="grid min-w-0 gap-4">
        {kind.risk && <Risk text={kind.risk} />}
        {kind.steps.length > 0 && (
          <Card title={t("setup.steps")}>
            <ol className="grid gap-3">
              {kind.steps.map((step, i) => (
                <li key={step} className="flex gap-3">
                  <span
                    aria-hidden
                    className="grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft font-semibold text-accent text-xs"
                  >
                    {i + 1}
                  </span>
                  <span className="pt-0.5 [overflow-wrap:anywhere]">{step}</span>
                </li>
              ))}
            </ol>
          </Card>
        )}
        {copied.length > 0 && (
          <Card title={t("setup.copy")} lead={t(kind.can.subscribe ? "setup.copyAlso" : "setup.copyLead")}>
            <dl className="grid gap-3">
              {copied.map(([name, value]) => (
                <div key={name} className="grid gap-1">
                  <dt className="font-medium">{name}</dt>
                  <dd className="flex items-center gap-2">
                    <code className="min-w-0 flex-1 rounded-md bg-sunken px-2.5 py-2 text-xs [overflow-wrap:anywhere]">
                      {value}
                    </code>
                    <CopyButton text={value} />
                  </dd>
                </div>
              ))}
            </dl>
          </Card>
        )}
      </div>
      <KindSettings channel={channel} kind={kind} />
    </div>
  );
}

function KindSettings({ channel, kind }: Props) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("channels", "manage");
  const need = { required: t("form.required"), long: t("form.long") };
  const values = (c: Channel): KindForm => ({
    name: c.name,
    bot_id: c.bot?.id ?? "",
    values: valuesOf(kind.fields, c.values),
  });
  const form = useForm<KindForm>({
    resolver: zodResolver(kindSchema(kind.fields, channel.secrets_set, need)),
    defaultValues: values(channel),
  });
  const { isDirty, isSubmitting } = form.formState;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the server says anew, while nothing is being typed
  useEffect(() => {
    if (!form.formState.isDirty) form.reset(values(channel));
  }, [channel]);

  const submit = form.handleSubmit(async ({ name, bot_id, values: typed }) => {
    try {
      const body = { name, bot_id, values: toSend(kind.fields, typed) };
      const now = await ok(client.PATCH("/api/v1/channels/{id}", { params: { path: { id: channel.id } }, body }));
      form.reset(values(now));
      putChannel(qc, now);
      say(t("common:saved"));
    } catch (error) {
      showProblem(Problem.from(error), form.setError, ["name", "bot_id", "values"]);
    }
  });
  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="min-w-0">
        <fieldset disabled={!may} className="grid min-w-0 gap-4">
          <Card title={t("setup.fields")}>
            <div className="grid gap-4">
              <KindFields kind={kind} kept={channel.secrets_set} />
            </div>
          </Card>
          <SaveBar dirty={isDirty} busy={isSubmitting} onReset={() => form.reset()} />
        </fieldset>
      </form>
    </FormProvider>
  );
}

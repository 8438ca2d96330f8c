import { useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { useAllowed } from "@/lib/api/queries";
import type { Channel } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Confirm } from "@/ui/confirm";
import { CopyButton } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Checkbox, Field, Input } from "@/ui/field";
import { Card } from "@/ui/page";
import { sayProblem } from "@/ui/toast";
import { channelQuery } from "./queries";
import type { ChannelForm } from "./schema";

/** Where the chat may appear, who its visitors are, and how much they may send. */
export function Safety({ channel }: { channel: Channel }) {
  const { t } = useTranslation(["channels", "common"]);
  const { register, control, formState } = useFormContext<ChannelForm>();
  const wrong = formState.errors.settings;
  return (
    <>
      <Card title={t("origins.title")} lead={t("origins.lead")}>
        <Controller
          control={control}
          name="settings.allowed_origins"
          render={({ field }) => (
            <Chips
              comma
              label={t("origins.label")}
              hint={t("origins.hint")}
              placeholder="https://tienda.com"
              value={field.value}
              onChange={(list) => field.onChange(list.map((s) => s.replace(/\/$/, "")))}
              error={wrong?.allowed_origins?.message}
            />
          )}
        />
      </Card>
      <Card title={t("identity.title")} lead={t("identity.lead")}>
        <div className="grid gap-4">
          <Secret channel={channel} />
          <Checkbox
            label={t("identity.require")}
            hint={t("identity.requireHint")}
            {...register("settings.require_identity")}
          />
        </div>
      </Card>
      <Card title={t("limits.title")} lead={t("limits.lead")}>
        <div className="grid items-end gap-4 sm:grid-cols-3">
          <Controller
            control={control}
            name="settings.limits.file_bytes"
            render={({ field }) => (
              <Field label={t("limits.file")} error={wrong?.limits?.file_bytes?.message}>
                <Input
                  type="number"
                  min={1}
                  value={Math.round(field.value / (1 << 20))}
                  onChange={(e) => field.onChange(Number(e.target.value) * (1 << 20))}
                />
              </Field>
            )}
          />
          <Field label={t("limits.visitor")} error={wrong?.limits?.per_visitor_minute?.message}>
            <Input type="number" min={1} {...register("settings.limits.per_visitor_minute", { valueAsNumber: true })} />
          </Field>
          <Field label={t("limits.site")} error={wrong?.limits?.per_site_minute?.message}>
            <Input type="number" min={1} {...register("settings.limits.per_site_minute", { valueAsNumber: true })} />
          </Field>
        </div>
      </Card>
    </>
  );
}

/** The key that signs who the visitor is. Shown once; a new one replaces the old. */
function Secret({ channel }: { channel: Channel }) {
  const { t } = useTranslation(["channels", "common"]);
  const qc = useQueryClient();
  const may = useAllowed("channels", "manage");
  const [asking, setAsking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const create = async () => {
    const made = await ok(
      client.POST("/api/v1/channels/{id}/identity-secret", { params: { path: { id: channel.id } } }),
    );
    setSecret(made.secret);
    void qc.invalidateQueries({ queryKey: channelQuery(channel.id).queryKey });
  };
  return (
    <div className="flex flex-wrap items-center gap-3">
      <p className="min-w-0 flex-1">{t(channel.identity_secret_set ? "identity.set" : "identity.notSet")}</p>
      {may && (
        <Button size="sm" onClick={() => (channel.identity_secret_set ? setAsking(true) : create().catch(sayProblem))}>
          <KeyRound aria-hidden />
          {t(channel.identity_secret_set ? "identity.renew" : "identity.create")}
        </Button>
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t("identity.renew")}
        body={t("identity.renewBody")}
        action={t("identity.renew")}
        onConfirm={create}
      />
      <Dialog
        open={!!secret}
        onClose={() => setSecret(undefined)}
        title={t("identity.secret")}
        description={t("identity.once")}
        className="max-w-2xl"
        footer={<Button onClick={() => setSecret(undefined)}>{t("identity.kept")}</Button>}
      >
        <div className="grid gap-4">
          <div className="flex items-center gap-3 rounded-md bg-sunken p-3">
            <code className="min-w-0 flex-1 font-mono [overflow-wrap:anywhere]">{secret}</code>
            <CopyButton text={secret ?? ""} />
          </div>
          <div className="grid gap-2">
            <h3 className="font-medium">{t("identity.example")}</h3>
            <pre className="whitespace-pre-wrap rounded-md [overflow-wrap:anywhere] bg-sunken p-3 font-mono text-xs">
              {example(channel.site_key ?? "")}
            </pre>
            <p className="text-muted">{t("identity.exampleHint")}</p>
          </div>
        </div>
      </Dialog>
    </div>
  );
}

// Code, the same in every language. HS256 as in RFC 7519.
const example = (site: string) => `// Node.js
import { createHmac } from "node:crypto";

const part = (o) => Buffer.from(JSON.stringify(o)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const unsigned = [
  part({ alg: "HS256", typ: "JWT" }),
  part({ sub: user.id, name: user.name, email: user.email, iat: now, exp: now + 3600 }),
].join(".");
const signature = createHmac("sha256", process.env.RECADO_SECRET)
  .update(unsigned).digest("base64url");

// <script async src="…/widget/widget.js"
//   data-site="${site}" data-identity="\${unsigned}.\${signature}"></script>`;

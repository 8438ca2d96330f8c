import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CircleX, Stethoscope } from "lucide-react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import type { Channel, ChannelKind, Finding } from "@/lib/api/types";
import { explained } from "@/lib/explained";
import { Button } from "@/ui/button";
import { Card } from "@/ui/page";
import { Empty, Failure, SkeletonRows } from "@/ui/states";

/** Asks the platform whether the channel can work, and says what it found. */
export function Check({ channel, kind }: { channel: Channel; kind: ChannelKind }) {
  const { t } = useTranslation(["channels", "common"]);
  const check = useMutation({
    mutationFn: async () =>
      (await ok(client.POST("/api/v1/channels/{id}/check", { params: { path: { id: channel.id } } }))).items,
  });
  const run = () => check.mutate();
  const findings = check.data ?? [];
  const wrong = findings.filter((f) => !f.ok).length;
  return (
    <Card
      title={t("check.title")}
      lead={t(kind.can.subscribe ? "check.leadSubscribe" : "check.lead")}
      actions={
        <Button variant="primary" busy={check.isPending} onClick={run}>
          <Stethoscope aria-hidden />
          {t("check.run")}
        </Button>
      }
      flush
    >
      {check.isPending && <SkeletonRows rows={4} height={48} />}
      {check.isError && <Failure error={check.error} onRetry={run} />}
      {check.isIdle && <Empty icon={<Stethoscope />} title={t("check.idle")} className="p-6" />}
      {check.isSuccess && (
        <>
          <p role="status" className={`px-4 pb-3 font-medium ${wrong > 0 ? "text-danger" : "text-ok"}`}>
            {wrong > 0 ? t("check.wrong", { count: wrong }) : t(findings.length > 0 ? "check.fine" : "check.nothing")}
          </p>
          <ul className="divide-y border-t">
            {findings.map((f) => (
              <Found key={f.code} finding={f} kind={kind} />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Found({ finding: f, kind }: { finding: Finding; kind: ChannelKind }) {
  const { t } = useTranslation(["channels", "common"]);
  const Icon = f.ok ? CircleCheck : CircleX;
  const reason = f.detail && explained(kind.errors, f.detail);
  return (
    <li className="flex items-start gap-3 px-4 py-3">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${f.ok ? "text-ok" : "text-danger"}`} />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <p>
          <span className="sr-only">{t(f.ok ? "check.ok" : "check.notOk")} </span>
          {f.text || f.code}
        </p>
        {reason && reason !== f.detail && <p>{reason}</p>}
        {f.detail && <p className="text-muted text-xs">{t("check.detail", { detail: f.detail })}</p>}
      </div>
    </li>
  );
}

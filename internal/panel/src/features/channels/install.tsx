import { CircleCheck, CircleDashed } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Channel } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { CopyButton } from "@/ui/copy";
import { Card } from "@/ui/page";

/** The one line for the shop's website, and whether it has been seen there. */
export function Install({ channel: c }: { channel: Channel }) {
  // A server that was not told its public address leaves it out; this page was reached by it.
  const snippet = (c.snippet ?? "").replace('src="/', `src="${location.origin}/`);
  const { t } = useTranslation(["channels", "common"]);
  const format = useFormat();
  return (
    <>
      <Card
        title={t("install.title")}
        lead={t("install.lead")}
        actions={<CopyButton text={snippet} label={t("install.copy")} />}
      >
        <pre className="whitespace-pre-wrap rounded-md bg-sunken p-3 font-mono text-xs [overflow-wrap:anywhere]">
          {snippet}
        </pre>
        <p className="mt-3 text-muted">{t("install.where")}</p>
      </Card>
      <Card title={t("install.state")}>
        <ul className="grid gap-3">
          <Fact done={!!c.seen_origin} yes={t("install.seen", { origin: c.seen_origin })} no={t("install.notSeen")} />
          <Fact
            done={!!c.last_activity_at}
            yes={t("install.active", { time: c.last_activity_at && format.moment(c.last_activity_at) })}
            no={t("install.inactive")}
          />
          <Fact done={!!c.bot} yes={t("install.bot", { name: c.bot?.name })} no={t("install.noBot")} />
        </ul>
        {(c.lane.waiting > 0 || c.lane.unsure > 0) && (
          <p className="mt-3 text-warn">
            {[
              c.lane.waiting > 0 && t("lane.waiting", { count: c.lane.waiting }),
              c.lane.unsure > 0 && t("lane.unsure", { count: c.lane.unsure }),
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
        )}
      </Card>
    </>
  );
}

function Fact({ done, yes, no }: { done: boolean; yes: string; no: string }) {
  const Icon = done ? CircleCheck : CircleDashed;
  return (
    <li className="flex items-start gap-2.5">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${done ? "text-ok" : "text-muted"}`} />
      <span className="[overflow-wrap:anywhere]">{done ? yes : no}</span>
    </li>
  );
}

import { Link, linkOptions } from "@tanstack/react-router";
import { ArrowRight, Circle, CircleCheck, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/lib/api/queries";
import type { Overview } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { local } from "@/lib/storage";
import { Button } from "@/ui/button";
import { Card } from "@/ui/page";

const steps = [
  ["channel", linkOptions({ to: "/channels" })],
  ["faq", linkOptions({ to: "/bots" })],
  ["widget_seen", linkOptions({ to: "/channels" })],
  ["tested", linkOptions({ to: "/bots" })],
] as const;

/** First steps, ticked from what is really there. Gone when all is done or somebody closes it. */
export function Checklist({ done }: { done: Overview["checklist"] }) {
  const { t } = useTranslation(["overview", "common"]);
  const key = `checklist.${useMe().company.id}`;
  const [hidden, setHidden] = useState(() => local.get(key) === false);
  const count = steps.filter(([step]) => done[step]).length;
  if (hidden || count === steps.length) return null;
  const hide = () => {
    local.set(key, false);
    setHidden(true);
  };
  const next = steps.find(([step]) => !done[step])?.[0];
  return (
    <Card
      title={t("checklist.title")}
      lead={t("checklist.lead", { done: count, all: steps.length })}
      flush
      actions={
        <Button variant="ghost" size="icon-sm" aria-label={t("checklist.hide")} onClick={hide}>
          <X />
        </Button>
      }
    >
      <ul className="grid border-t md:grid-cols-2">
        {steps.map(([step, link], i) => (
          <li
            key={step}
            className={cn(
              "flex min-h-16 items-center gap-3 px-4 py-2 max-md:border-t max-md:first:border-t-0",
              i > 1 && "md:border-t",
              i % 2 === 1 && "md:border-l",
            )}
          >
            {done[step] ? (
              <CircleCheck aria-hidden className="size-5 shrink-0 text-ok" />
            ) : (
              <Circle aria-hidden className="size-5 shrink-0 text-muted" />
            )}
            <div className="min-w-0 flex-1">
              <p className={cn("font-medium", done[step] && "text-muted")}>
                {t(`checklist.step.${step}.title`)}
                {done[step] && <span className="sr-only"> ({t("checklist.done")})</span>}
              </p>
              {!done[step] && <p className="text-muted text-xs">{t(`checklist.step.${step}.body`)}</p>}
            </div>
            {!done[step] && (
              <Button asChild size="sm" variant={step === next ? "primary" : "secondary"}>
                <Link {...link} aria-label={t(`checklist.step.${step}.title`)}>
                  {t("checklist.go")}
                  <ArrowRight aria-hidden />
                </Link>
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

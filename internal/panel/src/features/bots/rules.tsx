import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, GripVertical, ListChecks, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { useAllowed } from "@/lib/api/queries";
import type { Bot, Rule } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { useFormat } from "@/lib/format";
import { Button } from "@/ui/button";
import { useContentLine } from "@/ui/content/snippet";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { Switch } from "@/ui/switch";
import { sayProblem } from "@/ui/toast";
import { moved } from "./order";
import { botQuery, rulesQuery } from "./queries";

const RuleForm = lazy(() => import("./rule-form"));

type Props = { bot: Bot; editing: string | undefined; onEdit: (id: string | undefined) => void };

/** The rules in the order in which they are tried; drag or use the arrows to change it. */
export function Rules({ bot, editing, onEdit }: Props) {
  const { t } = useTranslation(["bots", "common"]);
  const qc = useQueryClient();
  const query = useQuery(rulesQuery(bot.id));
  const may = useAllowed("bots", "write");
  const rules = query.data ?? [];
  const [dragged, setDragged] = useState<number>();
  const [over, setOver] = useState<number>();
  const [announced, setAnnounced] = useState("");
  const open = editing === "new" ? null : rules.find((r) => r.id === editing);
  const { queryKey } = rulesQuery(bot.id);

  const put = async (next: Rule[]) => {
    qc.setQueryData(queryKey, next);
    try {
      await ok(
        client.PUT("/api/v1/bots/{id}/rules/order", {
          params: { path: { id: bot.id } },
          body: { ids: next.map((r) => r.id) },
        }),
      );
    } catch (error) {
      sayProblem(error);
    }
    void qc.invalidateQueries({ queryKey });
  };
  const move = (from: number, to: number) => {
    if (from === to || to < 0 || to >= rules.length) return;
    setAnnounced(t("rules.moved", { name: rules[from]?.name, place: to + 1 }));
    void put(moved(rules, from, to));
  };
  const saved = () => {
    void qc.invalidateQueries({ queryKey });
    void qc.invalidateQueries({ queryKey: botQuery(bot.id).queryKey, exact: true });
    onEdit(undefined);
  };
  const add = may && (
    <Button variant="primary" onClick={() => onEdit("new")}>
      <Plus aria-hidden />
      {t("rules.add")}
    </Button>
  );

  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted">{t("rules.lead")}</p>
        {rules.length > 0 && add}
      </div>
      <section aria-label={t("tab.rules")} className="overflow-hidden rounded-lg border bg-surface">
        {query.isPending && <SkeletonRows rows={4} height={56} />}
        {query.isError && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && rules.length === 0 && (
          <Empty icon={<ListChecks />} title={t("rules.empty.title")} body={t("rules.empty.body")} action={add} />
        )}
        {rules.length > 0 && (
          <ol className="divide-y">
            {rules.map((rule, i) => (
              <li
                key={rule.id}
                draggable={may}
                onDragStart={() => setDragged(i)}
                onDragOver={(e) => {
                  e.preventDefault();
                  setOver(i);
                }}
                onDragEnd={() => {
                  setDragged(undefined);
                  setOver(undefined);
                }}
                onDrop={() => dragged !== undefined && move(dragged, i)}
                className={cn(
                  "relative flex items-center gap-3 px-3 py-2.5 hover:bg-sunken",
                  dragged === i && "opacity-50",
                  over === i && dragged !== undefined && dragged !== i && "bg-accent-soft",
                )}
              >
                {may && <GripVertical aria-hidden className="size-4 shrink-0 cursor-grab text-muted max-md:hidden" />}
                <span className="w-5 shrink-0 text-center text-muted text-xs tabular-nums">{i + 1}</span>
                <RuleLine rule={rule} onOpen={() => onEdit(rule.id)} />
                {may && (
                  <div className="relative z-10 flex items-center">
                    <Button
                      variant="ghost"
                      size="icon-sm"
                      disabled={i === 0}
                      aria-label={t("rules.up", { name: rule.name })}
                      onClick={() => move(i, i - 1)}
                    >
                      <ChevronUp />
                    </Button>
                    <Button
                      variant="ghost"
                      size="icon-sm"
                      disabled={i === rules.length - 1}
                      aria-label={t("rules.down", { name: rule.name })}
                      onClick={() => move(i, i + 1)}
                    >
                      <ChevronDown />
                    </Button>
                    <RuleSwitch bot={bot} rule={rule} />
                  </div>
                )}
              </li>
            ))}
          </ol>
        )}
      </section>
      <p role="status" className="sr-only">
        {announced}
      </p>
      <Suspense>
        {(open || open === null) && (
          <RuleForm bot={bot} rule={open} onClose={() => onEdit(undefined)} onSaved={saved} />
        )}
      </Suspense>
    </div>
  );
}

function RuleLine({ rule, onOpen }: { rule: Rule; onOpen: () => void }) {
  const { t } = useTranslation(["bots", "common"]);
  const format = useFormat();
  const line = useContentLine();
  const first = rule.answers[0];
  return (
    <div className={cn("min-w-0 flex-1", !rule.enabled && "text-muted")}>
      <button
        type="button"
        onClick={onOpen}
        className="max-w-full truncate text-left font-medium after:absolute after:inset-0 after:content-['']"
      >
        {rule.name}
      </button>
      <p className="truncate text-muted text-xs">
        {t(`match.${rule.match}.short`)} {rule.patterns.map((p) => `“${p}”`).join(", ")}
        {first && ` → ${line(first)}`}
      </p>
      <p className="text-muted text-xs">
        {[
          rule.active.when !== "always" && t(`active.${rule.active.when}`),
          rule.then !== "stay" && t(`then.${rule.then}`),
          t("hits", { count: rule.hits_7d, n: format.number(rule.hits_7d) }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </div>
  );
}

function RuleSwitch({ bot, rule }: { bot: Bot; rule: Rule }) {
  const { t } = useTranslation(["bots", "common"]);
  const qc = useQueryClient();
  const { queryKey } = rulesQuery(bot.id);
  const set = async (enabled: boolean) => {
    qc.setQueryData(queryKey, (all) => all?.map((r) => (r.id === rule.id ? { ...r, enabled } : r)));
    try {
      await ok(
        client.PATCH("/api/v1/bots/{id}/rules/{rule}", {
          params: { path: { id: bot.id, rule: rule.id } },
          body: { enabled },
        }),
      );
    } catch (error) {
      sayProblem(error);
    }
    void qc.invalidateQueries({ queryKey });
  };
  return (
    <Switch
      className="ml-3"
      checked={rule.enabled}
      onCheckedChange={set}
      aria-label={t("rules.enabled", { name: rule.name })}
    />
  );
}

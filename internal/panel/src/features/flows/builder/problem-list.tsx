import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "@/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { placeOf } from "../model/places";
import type { FlowProblem } from "../model/types";
import { useBuilder, useRead } from "./context";

/** How the draft stands; opens the list of what is wrong with it. */
export function ProblemButton() {
  const { t } = useTranslation("flows");
  const { problems, warnings, checked } = useBuilder();
  const faults = problems.all.length;
  const count = faults + warnings.all.length;
  if (!checked) return null;
  const Icon = faults > 0 ? CircleAlert : count > 0 ? TriangleAlert : CircleCheck;
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="sm" className={cn(faults > 0 && "text-danger")} disabled={count === 0}>
          <Icon aria-hidden className={faults > 0 ? "" : count > 0 ? "text-warn" : "text-ok"} />
          <span className="max-xl:sr-only">
            {faults > 0
              ? t("problems.count", { count: faults })
              : count > 0
                ? t("problems.warnings", { count })
                : t("problems.fine")}
          </span>
          {count > 0 && (
            <span className="tabular-nums xl:sr-only" aria-hidden>
              {count}
            </span>
          )}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label={t("problems.title")} className="w-96 max-w-[calc(100vw-1rem)] p-1">
        <ProblemList list={problems.all} tone="danger" />
        <ProblemList list={warnings.all} tone="warn" />
      </PopoverContent>
    </Popover>
  );
}

/** Problems one after another; pressing one goes to its block. */
export function ProblemList({ list, tone }: { list: readonly FlowProblem[]; tone: "danger" | "warn" }) {
  const { show, dispatch } = useBuilder();
  const read = useRead();
  const Icon = tone === "danger" ? CircleAlert : TriangleAlert;
  if (list.length === 0) return null;
  return (
    <ul>
      {list.map((p, i) => {
        const node = p.node || placeOf(p.location).node;
        const name = node && read.nameOf(node);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same may be wrong twice
          <li key={i}>
            <button
              type="button"
              onClick={() => (node && name ? show(node) : dispatch({ do: "select", nodes: [] }))}
              className="flex min-h-9 w-full items-start gap-2 rounded-md px-2 py-1.5 text-left hover:bg-sunken"
            >
              <Icon
                aria-hidden
                className={cn("mt-0.5 size-4 shrink-0", tone === "danger" ? "text-danger" : "text-warn")}
              />
              <span className="min-w-0 [overflow-wrap:anywhere]">
                {name && <span className="font-medium">{name}: </span>}
                {p.message}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

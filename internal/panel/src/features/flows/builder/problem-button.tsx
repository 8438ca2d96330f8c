import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "@/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { useBuilder } from "./context";
import { ProblemList } from "./problem-list";

/** How the draft stands; opens the list of what is wrong with it. */
export default function ProblemButton() {
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

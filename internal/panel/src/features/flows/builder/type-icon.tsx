import { cn } from "@/lib/cn";
import type { Group } from "../model/types";
import { iconOf } from "./icons";

const tint: Record<Group, string> = {
  say: "bg-accent-soft text-accent",
  ask: "bg-[oklch(92.5%_0.045_310)] text-[oklch(42%_0.14_310)] dark:bg-[oklch(33%_0.06_310)] dark:text-[oklch(86%_0.08_310)]",
  logic: "bg-[oklch(93%_0.05_70)] text-[oklch(42%_0.1_60)] dark:bg-[oklch(34%_0.05_65)] dark:text-[oklch(88%_0.08_75)]",
  data: "bg-[oklch(92.5%_0.04_205)] text-[oklch(40%_0.08_210)] dark:bg-[oklch(33%_0.05_205)] dark:text-[oklch(86%_0.07_205)]",
  shop: "bg-[oklch(92.5%_0.05_156)] text-[oklch(38%_0.1_156)] dark:bg-[oklch(33%_0.05_156)] dark:text-[oklch(87%_0.08_156)]",
  ai: "bg-[oklch(92.5%_0.045_285)] text-[oklch(43%_0.15_285)] dark:bg-[oklch(34%_0.07_285)] dark:text-[oklch(87%_0.07_285)]",
  team: "bg-[oklch(92.5%_0.045_15)] text-[oklch(43%_0.14_15)] dark:bg-[oklch(34%_0.06_15)] dark:text-[oklch(88%_0.07_15)]",
};

/** A node type's icon on the ground of its group. */
export function TypeIcon({ icon, group, className }: { icon?: string; group?: Group; className?: string }) {
  const Icon = iconOf(icon);
  return (
    <span
      aria-hidden
      className={cn(
        "grid size-7 shrink-0 place-items-center rounded-md [&_svg]:size-4",
        group ? tint[group] : "bg-sunken text-muted",
        className,
      )}
    >
      <Icon />
    </span>
  );
}

import { UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

// Six hues at one lightness; the same name always gets the same one.
const hues = [
  "bg-[oklch(92%_0.045_261)] text-[oklch(38%_0.11_261)] dark:bg-[oklch(33%_0.06_261)] dark:text-[oklch(88%_0.06_261)]",
  "bg-[oklch(92%_0.045_156)] text-[oklch(36%_0.09_156)] dark:bg-[oklch(33%_0.05_156)] dark:text-[oklch(88%_0.07_156)]",
  "bg-[oklch(92.5%_0.05_70)] text-[oklch(39%_0.09_60)] dark:bg-[oklch(34%_0.05_65)] dark:text-[oklch(89%_0.07_75)]",
  "bg-[oklch(92%_0.045_15)] text-[oklch(40%_0.12_15)] dark:bg-[oklch(34%_0.06_15)] dark:text-[oklch(89%_0.06_15)]",
  "bg-[oklch(92%_0.045_310)] text-[oklch(40%_0.12_310)] dark:bg-[oklch(34%_0.06_310)] dark:text-[oklch(89%_0.06_310)]",
  "bg-[oklch(92%_0.04_205)] text-[oklch(37%_0.08_205)] dark:bg-[oklch(33%_0.05_205)] dark:text-[oklch(88%_0.06_205)]",
];

function hue(name: string) {
  let sum = 0;
  for (const c of name) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) % 997;
  return hues[sum % hues.length];
}

export const initialsOf = (name: string) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]?.toLocaleUpperCase())
    .join("");

/** A person's initials, or a figure for a stranger; beside their name, so hidden from screen readers. */
export function Avatar({
  name,
  initials,
  className,
  children,
}: {
  name: string;
  initials?: string;
  className?: string;
  children?: ReactNode;
}) {
  return (
    <span
      aria-hidden
      className={cn(
        "relative grid size-9 shrink-0 place-items-center rounded-full font-semibold text-xs select-none",
        hue(name),
        className,
      )}
    >
      {initials || initialsOf(name) || <UserRound className="size-1/2" />}
      {children}
    </span>
  );
}

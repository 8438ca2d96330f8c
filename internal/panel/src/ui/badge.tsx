import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

const tones = {
  neutral: "bg-sunken text-muted",
  accent: "bg-accent-soft text-accent",
  ok: "bg-ok/10 text-ok",
  warn: "bg-warn/10 text-warn",
  danger: "bg-danger/10 text-danger",
};
export type Tone = keyof typeof tones;

/** A state in a word, with its icon: never colour alone. */
export function Badge({
  tone = "neutral",
  icon,
  className,
  children,
  ...rest
}: ComponentProps<"span"> & { tone?: Tone; icon?: ReactNode }) {
  return (
    <span
      className={cn(
        "inline-flex h-5 shrink-0 items-center gap-1 rounded-full px-2 font-medium text-xs whitespace-nowrap [&_svg]:size-3",
        tones[tone],
        className,
      )}
      {...rest}
    >
      {icon}
      {children}
    </span>
  );
}

/** How many, when there are any. */
export function Count({ n, className, label }: { n: number; className?: string; label: string }) {
  if (n <= 0) return null;
  return (
    <span
      className={cn(
        "grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1.5 font-semibold text-accent-fg text-xs tabular-nums",
        className,
      )}
    >
      <span aria-hidden>{n > 99 ? "99+" : n}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

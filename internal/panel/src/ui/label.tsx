import type { Label } from "@/lib/api/types";
import { cn } from "@/lib/cn";

/** A label's colour alone, where there is no room; its name is read out and shown on hover. */
export function LabelDot({ label }: { label: Label }) {
  return (
    <span title={label.name} className="size-2 rounded-full" style={{ backgroundColor: label.color }}>
      <span className="sr-only">{label.name}</span>
    </span>
  );
}

export function LabelChip({ label, className }: { label: Label; className?: string }) {
  return (
    <span className={cn("inline-flex h-6 items-center gap-1.5 rounded-full border px-2 text-xs", className)}>
      <span aria-hidden className="size-2 rounded-full" style={{ backgroundColor: label.color }} />
      {label.name}
    </span>
  );
}

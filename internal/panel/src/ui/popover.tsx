import { Popover as P } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Popover = P.Root;
export const PopoverTrigger = P.Trigger;
/** Where it opens, when that is not its trigger. */
export const PopoverAnchor = P.Anchor;

export function PopoverContent({ className, ...rest }: ComponentProps<typeof P.Content>) {
  return (
    <P.Portal>
      <P.Content
        sideOffset={6}
        collisionPadding={8}
        className={cn(
          "thin-scroll z-50 max-h-[min(70vh,var(--radix-popover-content-available-height))] animate-rise overflow-auto rounded-lg border bg-surface p-3 shadow-float outline-none",
          className,
        )}
        {...rest}
      />
    </P.Portal>
  );
}

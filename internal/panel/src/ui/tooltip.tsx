import { Tooltip as T } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

export const TooltipProvider = T.Provider;

type Props = {
  label: string;
  keys?: string;
  className?: string;
  side?: ComponentProps<typeof T.Content>["side"];
  children: ReactNode;
};

/** Names an icon for those who point at it; the control itself still needs its label. */
export function Tip({ label, keys, side = "bottom", className, children }: Props) {
  return (
    <T.Root>
      <T.Trigger asChild>{children}</T.Trigger>
      <T.Portal>
        <T.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className={cn("z-50 animate-fade rounded-md bg-text px-2 py-1 text-bg text-xs", className)}
        >
          {label}
          {keys && <kbd className="ml-2 font-sans opacity-70">{keys}</kbd>}
        </T.Content>
      </T.Portal>
    </T.Root>
  );
}

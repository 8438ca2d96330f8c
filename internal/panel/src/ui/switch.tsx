import { Switch as S } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** On or off at once; needs an aria-label or a label of its own. */
export function Switch({ className, ...rest }: ComponentProps<typeof S.Root>) {
  return (
    <S.Root
      className={cn(
        "relative h-5 w-9 shrink-0 rounded-full bg-muted/60 transition-colors duration-[120ms] data-[state=checked]:bg-accent disabled:opacity-50",
        "after:absolute after:-inset-2 after:content-['']",
        className,
      )}
      {...rest}
    >
      <S.Thumb className="block size-4 translate-x-0.5 rounded-full bg-surface transition-transform duration-[120ms] data-[state=checked]:translate-x-[18px]" />
    </S.Root>
  );
}

import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const button = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-md font-medium text-sm whitespace-nowrap transition-colors duration-[120ms] disabled:cursor-not-allowed disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-fg hover:bg-accent/90",
        secondary: "border bg-surface hover:bg-sunken",
        ghost: "text-muted hover:bg-sunken hover:text-text aria-pressed:bg-sunken aria-pressed:text-text",
        danger: "border border-danger/40 text-danger hover:bg-danger/10",
      },
      size: {
        md: "h-9 px-3.5 max-md:h-11",
        sm: "h-8 px-2.5 max-md:h-10",
        icon: "size-9 max-md:size-11",
        "icon-sm": "size-8 max-md:size-10",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

type Props = ComponentProps<"button"> & VariantProps<typeof button> & { asChild?: boolean; busy?: boolean };

/** busy: shows that the work is under way and ignores further presses. */
export function Button({ className, variant, size, asChild, busy, type = "button", children, ...rest }: Props) {
  const classes = cn(button({ variant, size }), className);
  if (asChild)
    return (
      <Slot.Root className={classes} {...rest}>
        {children}
      </Slot.Root>
    );
  return (
    <button type={type} className={classes} aria-busy={busy || undefined} {...rest} disabled={rest.disabled || busy}>
      {busy && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
    </button>
  );
}

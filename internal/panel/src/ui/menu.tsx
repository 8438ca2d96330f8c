import { Check, ChevronRight } from "lucide-react";
import { DropdownMenu as M } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const item =
  "flex min-h-8 cursor-default items-center gap-2 rounded-md px-2 py-1 text-sm outline-none data-[highlighted]:bg-sunken data-[disabled]:opacity-50 max-md:min-h-11 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted";
const box =
  "thin-scroll z-50 max-h-[60vh] min-w-48 max-w-80 animate-rise overflow-auto rounded-lg border bg-surface p-1 shadow-float";

export const Menu = (props: ComponentProps<typeof M.Root>) => <M.Root modal={false} {...props} />;
export const MenuTrigger = M.Trigger;
export const MenuSub = M.Sub;

export function MenuContent({ className, ...rest }: ComponentProps<typeof M.Content>) {
  return (
    <M.Portal>
      <M.Content sideOffset={6} collisionPadding={8} className={cn(box, className)} {...rest} />
    </M.Portal>
  );
}

export function MenuItem({ className, ...rest }: ComponentProps<typeof M.Item>) {
  return <M.Item className={cn(item, className)} {...rest} />;
}

export function MenuCheck({ children, className, ...rest }: ComponentProps<typeof M.CheckboxItem>) {
  return (
    <M.CheckboxItem className={cn(item, className)} {...rest}>
      {children}
      <span className="ml-auto w-4">
        <M.ItemIndicator>
          <Check aria-hidden />
        </M.ItemIndicator>
      </span>
    </M.CheckboxItem>
  );
}

export const MenuRadioGroup = M.RadioGroup;

export function MenuRadio({ children, className, ...rest }: ComponentProps<typeof M.RadioItem>) {
  return (
    <M.RadioItem className={cn(item, className)} {...rest}>
      {children}
      <span className="ml-auto w-4">
        <M.ItemIndicator>
          <Check aria-hidden />
        </M.ItemIndicator>
      </span>
    </M.RadioItem>
  );
}

export function MenuSubTrigger({ children, className, ...rest }: ComponentProps<typeof M.SubTrigger>) {
  return (
    <M.SubTrigger className={cn(item, className)} {...rest}>
      {children}
      <ChevronRight aria-hidden className="ml-auto" />
    </M.SubTrigger>
  );
}

export function MenuSubContent({ className, ...rest }: ComponentProps<typeof M.SubContent>) {
  return (
    <M.Portal>
      <M.SubContent sideOffset={4} collisionPadding={8} className={cn(box, className)} {...rest} />
    </M.Portal>
  );
}

export const MenuLabel = (props: ComponentProps<typeof M.Label>) => (
  <M.Label className="px-2 pt-2 pb-1 text-muted text-xs" {...props} />
);
export const MenuLine = () => <M.Separator className="my-1 h-px bg-line" />;

import { Tabs as T } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Tabs = T.Root;
export const TabPanel = (props: ComponentProps<typeof T.Content>) => <T.Content tabIndex={-1} {...props} />;

export function TabList({ className, ...rest }: ComponentProps<typeof T.List>) {
  return <T.List className={cn("thin-scroll flex gap-1 overflow-x-auto border-b", className)} {...rest} />;
}

export function Tab({ className, ...rest }: ComponentProps<typeof T.Trigger>) {
  return (
    <T.Trigger
      className={cn(
        "-mb-px inline-flex h-10 shrink-0 items-center gap-1.5 border-transparent border-b-2 px-3 font-medium text-muted outline-offset-[-2px] hover:text-text data-[state=active]:border-accent data-[state=active]:text-text max-md:h-11 [&_svg]:size-4",
        className,
      )}
      {...rest}
    />
  );
}

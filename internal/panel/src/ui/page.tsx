import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

type PageProps = { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode; className?: string };

/** A page's frame: title, what can be done, content at a readable width. */
export function Page({ title, lead, actions, children, className }: PageProps) {
  return (
    <div
      className={cn(
        "mx-auto grid w-full max-w-6xl grid-cols-[minmax(0,1fr)] content-start gap-6 p-6 max-md:gap-4 max-md:p-4",
        className,
      )}
    >
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1">
          <h1 className="truncate font-semibold text-xl leading-7">{title}</h1>
          {lead && <div className="mt-0.5 text-muted">{lead}</div>}
        </div>
        {actions}
      </header>
      {children}
    </div>
  );
}

export function Card({
  title,
  lead,
  actions,
  children,
  className,
  flush,
}: {
  title?: string;
  lead?: string;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  /** The content brings its own padding (lists). */
  flush?: boolean;
}) {
  return (
    <section className={cn("min-w-0 rounded-lg border bg-surface", className)}>
      {title && (
        <header className={cn("flex flex-wrap items-center gap-3 px-4 pt-4", flush ? "pb-3" : "pb-0")}>
          <div className="min-w-0 flex-1">
            <h2 className="font-semibold text-base leading-6">{title}</h2>
            {lead && <p className="text-muted">{lead}</p>}
          </div>
          {actions}
        </header>
      )}
      <div className={flush ? "" : "p-4"}>{children}</div>
    </section>
  );
}

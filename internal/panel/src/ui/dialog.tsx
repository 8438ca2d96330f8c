import { X } from "lucide-react";
import { Dialog as D } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "./button";

type Props = {
  open: boolean;
  /** Without it the dialog cannot be dismissed. */
  onClose?: () => void;
  title: string;
  /** Said under the title; without it the dialog has none. */
  description?: string;
  children: ReactNode;
  footer?: ReactNode;
  className?: string;
  /** side: a sheet at the right edge, for forms longer than a few fields. */
  side?: boolean;
  /** Nothing inside takes the focus: the text itself does, so that keys can scroll it. */
  reading?: boolean;
  /** The title stays for screen readers only. */
  bare?: boolean;
};

export function Dialog({ open, onClose, title, description, children, footer, className, side, reading, bare }: Props) {
  const { t } = useTranslation();
  const opener = useOpener(open);
  return (
    <D.Root open={open} onOpenChange={(next) => !next && onClose?.()}>
      <D.Portal>
        <D.Overlay className="fixed inset-0 z-40 animate-fade bg-black/40" />
        <D.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          onCloseAutoFocus={(e) => {
            e.preventDefault();
            opener.current?.focus();
          }}
          className={cn(
            "fixed z-50 flex flex-col border bg-surface shadow-float outline-none",
            side
              ? "inset-y-0 right-0 w-full max-w-xl animate-slide border-y-0 border-r-0"
              : "top-[12vh] left-1/2 max-h-[80vh] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 animate-fade rounded-lg max-md:top-4 max-md:max-h-[calc(100dvh-2rem)]",
            className,
          )}
        >
          {bare ? (
            <D.Title className="sr-only">{title}</D.Title>
          ) : (
            <header className="flex items-start gap-3 border-b py-3 pr-3 pl-5">
              <div className="min-w-0 flex-1 py-1.5">
                <D.Title className="font-semibold text-base">{title}</D.Title>
                {description && <D.Description className="mt-0.5 text-muted">{description}</D.Description>}
              </div>
              {onClose && (
                <D.Close asChild>
                  <Button variant="ghost" size="icon" aria-label={t("close")}>
                    <X />
                  </Button>
                </D.Close>
              )}
            </header>
          )}
          <div
            {...(reading && { tabIndex: 0, role: "document", "aria-label": title })}
            className={cn("thin-scroll min-h-0 flex-1 overflow-auto outline-offset-[-2px]", !bare && "p-5")}
          >
            {children}
          </div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3 max-md:px-3">{footer}</footer>
          )}
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}

/** What had the focus before the dialog. Radix looks too late when a field inside asks for the focus as it appears. */
function useOpener(open: boolean) {
  const opener = useRef<HTMLElement>(null);
  const was = useRef(false);
  if (open && !was.current) opener.current = document.activeElement as HTMLElement | null;
  was.current = open;
  return opener;
}

import { type ComponentProps, createContext, type ReactNode, useContext, useId } from "react";
import { cn } from "@/lib/cn";

type Wiring = { id: string; "aria-invalid"?: true; "aria-describedby"?: string };
const FieldContext = createContext<Wiring | undefined>(undefined);

type FieldProps = { label: string; hint?: ReactNode; error?: string; className?: string; children: ReactNode };

/** A label, one control and what is said about it. The control inside takes its id from here. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  const wiring: Wiring = {
    id,
    ...(error && { "aria-invalid": true as const }),
    ...(note ? { "aria-describedby": `${id}-note` } : {}),
  };
  return (
    <div className={cn("grid content-start gap-1.5", className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <FieldContext value={wiring}>{children}</FieldContext>
      {note && (
        <p
          id={`${id}-note`}
          role={error ? "alert" : undefined}
          className={cn("text-xs", error ? "text-danger" : "text-muted")}
        >
          {note}
        </p>
      )}
    </div>
  );
}

const control =
  "w-full rounded-md border bg-surface px-3 text-sm transition-colors duration-[120ms] hover:border-muted/60 aria-invalid:border-danger disabled:opacity-60 max-md:text-base";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...useContext(FieldContext)} className={cn(control, "h-9 max-md:h-11", className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      rows={3}
      {...useContext(FieldContext)}
      className={cn(control, "field-sizing-content py-2", className)}
      {...rest}
    />
  );
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select {...useContext(FieldContext)} className={cn(control, "h-9 pr-8 max-md:h-11", className)} {...rest} />;
}

type CheckProps = Omit<ComponentProps<"input">, "type"> & { label: string; hint?: string };

export function Checkbox({ label, hint, className, ...rest }: CheckProps) {
  const id = useId();
  return (
    <div className={cn("flex items-start gap-2.5 max-md:min-h-11 max-md:items-center", className)}>
      <input
        type="checkbox"
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5 size-4 shrink-0 accent-accent max-md:mt-0 max-md:size-5"
        {...rest}
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-muted text-xs">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

/** What went wrong with the form as a whole. */
export function FormError({ message }: { message?: string }) {
  if (!message) return null;
  return (
    <p role="alert" className="rounded-md border border-danger/40 bg-danger/5 px-3 py-2 text-danger">
      {message}
    </p>
  );
}

import { X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";

type Props = {
  label: string;
  hint?: string;
  error?: string;
  placeholder?: string;
  value: string[];
  onChange: (value: string[]) => void;
  disabled?: boolean;
  /** Also ends an entry, besides Enter. */
  comma?: boolean;
};

/** A list of short texts: Enter adds, Backspace on an empty field takes the last one back. */
export function Chips({ label, hint, error, placeholder, value, onChange, disabled, comma }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const note = error ?? hint;
  const add = (raw: string) => {
    const next = (comma ? raw.split(",") : [raw]).map((s) => s.trim()).filter(Boolean);
    const fresh = next.filter((s, i) => !value.includes(s) && next.indexOf(s) === i);
    if (fresh.length > 0) onChange([...value, ...fresh]);
    setText("");
  };
  const onKeyDown = (e: KeyboardEvent<HTMLInputElement>) => {
    if (e.key === "Enter" || (comma && e.key === ",")) {
      if (e.nativeEvent.isComposing) return;
      e.preventDefault();
      add(text);
    } else if (e.key === "Backspace" && text === "" && value.length > 0) {
      setText(value.at(-1) ?? "");
      onChange(value.slice(0, -1));
      e.preventDefault();
    }
  };
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div
        className={cn(
          "flex flex-wrap gap-1.5 rounded-md border bg-surface p-1.5 focus-within:outline-2 focus-within:outline-ring focus-within:outline-offset-2",
          error && "border-danger",
        )}
      >
        {value.map((one) => (
          <span
            key={one}
            className="inline-flex min-h-7 max-w-full items-center gap-1 rounded-md bg-sunken pr-1 pl-2 [overflow-wrap:anywhere]"
          >
            {one}
            <button
              type="button"
              disabled={disabled}
              aria-label={t("removeItem", { name: one })}
              onClick={() => onChange(value.filter((v) => v !== one))}
              className="grid size-6 shrink-0 place-items-center rounded-md text-muted hover:text-text"
            >
              <X className="size-3.5" />
            </button>
          </span>
        ))}
        <input
          id={id}
          value={text}
          disabled={disabled}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => text.trim() && add(text)}
          placeholder={value.length === 0 ? placeholder : undefined}
          aria-invalid={!!error || undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          className="h-7 min-w-32 flex-1 bg-transparent px-1.5 outline-none max-md:text-base"
        />
      </div>
      {note && (
        <p
          id={`${id}-note`}
          role={error ? "alert" : undefined}
          className={`text-xs ${error ? "text-danger" : "text-muted"}`}
        >
          {note}
        </p>
      )}
    </div>
  );
}

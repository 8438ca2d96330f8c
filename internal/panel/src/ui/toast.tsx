import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { Button } from "./button";

type Note = { id: number; text: string; tone: "ok" | "danger"; action?: { label: string; run: () => void } };

// A module, not a context: a toast may come from anywhere, also after its page is gone.
let notes: Note[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(to: Note[]) {
  notes = to;
  for (const listener of listeners) listener();
}
const dismiss = (id: number) => change(notes.filter((n) => n.id !== id));

/** Says that something happened; action offers to undo it. */
export function say(text: string, action?: Note["action"]) {
  change([...notes.slice(-2), { id: next++, text, tone: "ok", action }]);
}

/** Says why something did not happen. */
export function sayProblem(error: unknown) {
  change([...notes.slice(-2), { id: next++, text: Problem.from(error).message, tone: "danger" }]);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notes,
  );
  return (
    <section
      aria-label={t("toasts")}
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-[60] grid w-[min(24rem,calc(100vw-2rem))] gap-2 max-md:bottom-20"
    >
      {shown.map((note) => (
        <Toast key={note.id} note={note} />
      ))}
    </section>
  );
}

const LASTS = 7000;

/** Leaves by itself, but not while somebody points at it or has the focus in it. */
function Toast({ note }: { note: Note }) {
  const { t } = useTranslation();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(note.id), LASTS);
    return () => clearTimeout(timer);
  }, [held, note.id]);
  const Icon = note.tone === "ok" ? CircleCheck : CircleAlert;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only keeps it on screen
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex animate-rise items-center gap-3 rounded-lg border bg-surface py-2 pr-2 pl-3 shadow-float"
    >
      <Icon aria-hidden className={`size-[18px] shrink-0 ${note.tone === "ok" ? "text-ok" : "text-danger"}`} />
      <p className="min-w-0 flex-1">{note.text}</p>
      {note.action && (
        <Button
          size="sm"
          onClick={() => {
            note.action?.run();
            dismiss(note.id);
          }}
        >
          {note.action.label}
        </Button>
      )}
      <Button variant="ghost" size="icon-sm" aria-label={t("close")} onClick={() => dismiss(note.id)}>
        <X />
      </Button>
    </div>
  );
}

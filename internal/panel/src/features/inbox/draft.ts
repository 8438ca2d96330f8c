import { useCallback, useEffect, useRef, useState } from "react";
import type { StoredFile } from "@/lib/api/types";
import { session } from "@/lib/storage";

export type Mode = "reply" | "note";
type Saved = { mode: Mode; reply: string; note: string; quote?: string; files: StoredFile[] };

const empty: Saved = { mode: "reply", reply: "", note: "", files: [] };

/** What is being written in a conversation. It outlives leaving it, a reload, and the session. */
export function useDraft(conversation: string) {
  const key = `draft.${conversation}`;
  const [saved, setSaved] = useState<Saved>(() => ({ ...empty, ...session.get<Saved>(key) }));
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const blank = !saved.reply && !saved.note && !saved.quote && saved.files.length === 0;
    session.set(key, blank ? undefined : saved);
  }, [key, saved]);

  const set = useCallback((part: Partial<Saved>) => setSaved((s) => ({ ...s, ...part })), []);
  const focus = useCallback(
    (mode: Mode) => {
      set({ mode });
      requestAnimationFrame(() => input.current?.focus());
    },
    [set],
  );
  return {
    ...saved,
    text: saved[saved.mode],
    input,
    set,
    focus,
    setText: useCallback((text: string) => setSaved((s) => ({ ...s, [s.mode]: text })), []),
    addFile: useCallback((file: StoredFile) => setSaved((s) => ({ ...s, files: [...s.files, file] })), []),
    quote: useCallback(
      (message: string | undefined) => {
        set({ quote: message });
        if (message) focus("reply");
      },
      [set, focus],
    ),
    quoted: saved.quote,
    /** What was written has been sent. */
    clear: useCallback(
      () =>
        setSaved((s) => (s.mode === "note" ? { ...s, note: "" } : { ...s, reply: "", quote: undefined, files: [] })),
      [],
    ),
  };
}

export type Draft = ReturnType<typeof useDraft>;

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { membersQuery, useMe } from "@/lib/api/queries";
import type { Member } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { Avatar } from "@/ui/avatar";
import type { Draft } from "./draft";

const fold = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** What follows the "@" that the caret is in, if it is in one. */
export function mentionAt(text: string, caret: number): { from: number; query: string } | undefined {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf("@");
  if (from < 0 || (from > 0 && !/\s/.test(before[from - 1] ?? ""))) return undefined;
  const query = before.slice(from + 1);
  return query.length <= 30 && !query.includes("\n") ? { from, query } : undefined;
}

/** The users whose "@Name" stands in the text; of two names, one inside the other, the longer wins. */
export function mentionedIn(text: string, members: Pick<Member, "id" | "name">[]): string[] {
  let rest = text;
  const found: string[] = [];
  for (const m of [...members].sort((a, b) => b.name.length - a.name.length)) {
    if (!rest.includes(`@${m.name}`)) continue;
    found.push(m.id);
    rest = rest.replaceAll(`@${m.name}`, "");
  }
  return found;
}

export function useMention(draft: Draft, on: boolean) {
  const me = useMe().user.id;
  const { data = [] } = useQuery({ ...membersQuery, enabled: on });
  const members = data.filter((m) => m.id !== me);
  const [at, setAt] = useState<{ from: number; query: string }>();
  const [active, setActive] = useState(0);
  const id = useId();
  const found = at ? members.filter((m) => fold(m.name).includes(fold(at.query))).slice(0, 6) : [];
  const open = on && found.length > 0;

  const pick = (m: Member | undefined) => {
    if (!at || !m) return;
    const after = draft.text.slice(at.from + 1 + at.query.length);
    const head = `${draft.text.slice(0, at.from)}@${m.name} `;
    draft.setText(head + after.trimStart());
    setAt(undefined);
    requestAnimationFrame(() => draft.input.current?.setSelectionRange(head.length, head.length));
  };
  return {
    members,
    open,
    found,
    active,
    id,
    pick,
    aria: open
      ? { "aria-controls": id, "aria-activedescendant": `${id}-${active}`, "aria-autocomplete": "list" as const }
      : {},
    follow(el: HTMLTextAreaElement) {
      if (!on) return;
      setAt(mentionAt(el.value, el.selectionStart));
      setActive(0);
    },
    /** Whether the key was for the list. */
    onKeyDown(e: KeyboardEvent): boolean {
      if (!open) return false;
      if (e.key === "ArrowDown") setActive((active + 1) % found.length);
      else if (e.key === "ArrowUp") setActive((active + found.length - 1) % found.length);
      else if (e.key === "Enter" || e.key === "Tab") pick(found[active]);
      else if (e.key === "Escape") setAt(undefined);
      else return false;
      e.preventDefault();
      return true;
    },
  };
}

export function MentionList({ mention }: { mention: ReturnType<typeof useMention> }) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <div
      role="listbox"
      id={mention.id}
      aria-label={t("mention")}
      className="absolute bottom-full left-0 z-10 mb-1 w-64 rounded-lg border bg-surface p-1 shadow-float"
    >
      {mention.found.map((m, i) => (
        <div
          key={m.id}
          id={`${mention.id}-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === mention.active}
          onPointerDown={(e) => {
            e.preventDefault(); // keep the caret in the text
            mention.pick(m);
          }}
          className={cn("flex h-9 items-center gap-2 rounded-md px-2", i === mention.active && "bg-sunken")}
        >
          <Avatar name={m.name} className="size-6" />
          <span className="truncate">{m.name}</span>
        </div>
      ))}
    </div>
  );
}

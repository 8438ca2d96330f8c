import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Search, X } from "lucide-react";
import { lazy, type RefObject, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { countsQuery, membersQuery, useMe } from "@/lib/api/queries";
import { cn } from "@/lib/cn";
import { type ConversationFilter, LIST_STATES } from "@/lib/realtime/events";
import { Button } from "@/ui/button";
import { Menu, MenuContent, MenuLine, MenuRadio, MenuRadioGroup, MenuTrigger } from "@/ui/menu";

// The list does not wait for the filters that few people open.
const MoreFilters = lazy(() => import("./more-filters"));

export type ChangeFilter = (part: Partial<ConversationFilter>) => void;
type Props = { filter: ConversationFilter; onChange: ChangeFilter; searchRef: RefObject<HTMLInputElement | null> };

/** What the list shows: state, person, channel, label, team, words. It all lives in the address. */
export function Filters({ filter, onChange, searchRef }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <header className="grid shrink-0 grid-cols-[minmax(0,1fr)] gap-2 border-b px-3 pt-3">
      <div className="flex items-center justify-between gap-2">
        <h1 className="font-semibold text-base">{t("title")}</h1>
        <Assignee filter={filter} onChange={onChange} />
      </div>
      <div className="flex gap-1.5">
        <SearchBox value={filter.q} onChange={(q) => onChange({ q })} inputRef={searchRef} />
        <Suspense fallback={<span className="size-8 shrink-0 max-md:size-10" />}>
          <MoreFilters filter={filter} onChange={onChange} />
        </Suspense>
      </div>
      <StateTabs filter={filter} onChange={onChange} />
    </header>
  );
}

function StateTabs({ filter, onChange }: Omit<Props, "searchRef">) {
  const { t } = useTranslation(["inbox", "common"]);
  const { data: counts } = useQuery(countsQuery);
  const count = {
    open: undefined,
    closed: undefined,
    waiting: counts?.waiting,
    human: counts?.human,
    bot: counts?.bot,
  };
  return (
    <fieldset className="thin-scroll -mx-3 flex min-w-0 overflow-x-auto px-1.5">
      <legend className="sr-only">{t("filter.state")}</legend>
      {LIST_STATES.map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={filter.state === state}
          onClick={() => onChange({ state })}
          className={cn(
            "flex h-9 shrink-0 items-center gap-1 border-transparent border-b-2 px-1.5 font-medium text-muted text-xs outline-offset-[-2px] hover:text-text max-md:h-11",
            filter.state === state && "border-accent text-text",
          )}
        >
          {t(`tab.${state}`)}
          {!!count[state] && <span className="rounded-full bg-sunken px-1 tabular-nums">{count[state]}</span>}
        </button>
      ))}
    </fieldset>
  );
}

function Assignee({ filter, onChange }: Omit<Props, "searchRef">) {
  const { t } = useTranslation(["inbox", "common"]);
  const me = useMe().user.id;
  const { data: members = [] } = useQuery(membersQuery);
  const { data: counts } = useQuery(countsQuery);
  const others = members.filter((m) => m.id !== me);
  const value = filter.assignee ?? "any";
  const name =
    value === "any" || value === "me" || value === "none"
      ? t(`filter.who.${value}`)
      : (members.find((m) => m.id === value)?.name ?? t("filter.who.any"));
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="sm" variant="ghost" aria-label={t("filter.assignee", { name })}>
          {name}
          <ChevronDown aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuRadioGroup value={value} onValueChange={(v) => onChange({ assignee: v === "any" ? undefined : v })}>
          <MenuRadio value="any">{t("filter.who.any")}</MenuRadio>
          <MenuRadio value="me">
            {t("filter.who.me")}
            {!!counts?.mine && <span className="text-muted tabular-nums">{counts.mine}</span>}
          </MenuRadio>
          <MenuRadio value="none">{t("filter.who.none")}</MenuRadio>
          {others.length > 0 && <MenuLine />}
          {others.map((m) => (
            <MenuRadio key={m.id} value={m.id}>
              {m.name}
            </MenuRadio>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}

type SearchProps = {
  value: string | undefined;
  onChange: (q: string | undefined) => void;
  inputRef: RefObject<HTMLInputElement | null>;
};

function SearchBox({ value = "", onChange, inputRef }: SearchProps) {
  const { t } = useTranslation(["inbox", "common"]);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text.trim() || undefined), 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="relative min-w-0 flex-1">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
      />
      <input
        ref={inputRef}
        type="search"
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          setText("");
          e.currentTarget.blur();
        }}
        placeholder={t("filter.search")}
        aria-label={t("filter.search")}
        className="h-8 w-full rounded-md border bg-bg pr-8 pl-8 max-md:h-10 max-md:text-base [&::-webkit-search-cancel-button]:hidden"
      />
      {text && (
        <button
          type="button"
          aria-label={t("filter.clearSearch")}
          onClick={() => setText("")}
          className="absolute top-1/2 right-1 grid size-6 -translate-y-1/2 place-items-center rounded-md text-muted hover:text-text"
        >
          <X className="size-4" />
        </button>
      )}
    </div>
  );
}

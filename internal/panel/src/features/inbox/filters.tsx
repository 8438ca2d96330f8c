import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ListFilter, Search, X } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  channelsQuery,
  countsQuery,
  labelsQuery,
  membersQuery,
  teamsQuery,
  useAllowed,
  useMe,
} from "@/lib/api/queries";
import { cn } from "@/lib/cn";
import { type ConversationFilter, LIST_STATES } from "@/lib/realtime/events";
import { Button } from "@/ui/button";
import { Field, Select } from "@/ui/field";
import { Menu, MenuContent, MenuLine, MenuRadio, MenuRadioGroup, MenuTrigger } from "@/ui/menu";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";

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
        <More filter={filter} onChange={onChange} />
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

function More({ filter, onChange }: Omit<Props, "searchRef">) {
  const { t } = useTranslation(["inbox", "common"]);
  const { data: channels = [] } = useQuery({ ...channelsQuery, enabled: useAllowed("channels") });
  const { data: labels = [] } = useQuery(labelsQuery);
  const { data: teams = [] } = useQuery({ ...teamsQuery, enabled: useAllowed("team") });
  const used = [filter.channel, filter.label, filter.team].filter(Boolean).length;
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button size="icon-sm" className="relative" aria-label={t("filter.more", { count: used })}>
          <ListFilter />
          {used > 0 && <span className="absolute -top-1 -right-1 size-2.5 rounded-full bg-accent" />}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label={t("filter.more", { count: used })} className="grid w-64 gap-3">
        <Field label={t("filter.channel")}>
          <Select value={filter.channel ?? ""} onChange={(e) => onChange({ channel: e.target.value || undefined })}>
            <option value="">{t("filter.anyChannel")}</option>
            {channels.map((c) => (
              <option key={c.id} value={c.id}>
                {c.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("filter.label")}>
          <Select value={filter.label ?? ""} onChange={(e) => onChange({ label: e.target.value || undefined })}>
            <option value="">{t("filter.anyLabel")}</option>
            {labels.map((l) => (
              <option key={l.id} value={l.id}>
                {l.name}
              </option>
            ))}
          </Select>
        </Field>
        {teams.length > 0 && (
          <Field label={t("filter.team")}>
            <Select value={filter.team ?? ""} onChange={(e) => onChange({ team: e.target.value || undefined })}>
              <option value="">{t("filter.anyTeam")}</option>
              {teams.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {used > 0 && (
          <Button size="sm" onClick={() => onChange({ channel: undefined, label: undefined, team: undefined })}>
            {t("common:noMatch.clear")}
          </Button>
        )}
      </PopoverContent>
    </Popover>
  );
}

import type { Capabilities } from "@/lib/api/types";

// How each limit is written, in the order in which people ask for them.
const LIMITS = {
  start: "start",
  reply_window: "time",
  human_window: "time",
  max_text: "characters",
  max_caption: "characters",
  max_buttons: "count",
  max_button_label: "characters",
  max_button_text: "characters",
  max_link_buttons: "count",
  max_list_rows: "count",
  max_row_title: "characters",
  max_row_text: "characters",
  max_list_open: "characters",
  max_products: "count",
  mix_buttons: "yes",
  voice: "yes",
  locations: "yes",
  contacts: "yes",
  reactions: "yes",
  quotes: "yes",
  templates: "yes",
  typing: "yes",
  receipts: "yes",
} as const satisfies Partial<Record<keyof Capabilities, string>>;

export type LimitKey = keyof typeof LIMITS;
export type Limit = { key: LimitKey; is: (typeof LIMITS)[LimitKey]; value: string | number | boolean; source?: string };

/** What a channel can. Left out: windows it does not have, and the sizes of parts without a limit of their own. */
export function limitsOf(c: Capabilities): Limit[] {
  return (Object.keys(LIMITS) as LimitKey[])
    .map((key): Limit => ({ key, is: LIMITS[key], value: c[key], source: c.sources?.[key] }))
    .filter(({ is, value }) => value !== 0 || is === "count");
}

const NANOSECONDS = 1e9;

/** A window in whole hours; the server counts in nanoseconds. */
export const hoursOf = (window: number) => Math.round(window / NANOSECONDS / 3600);

/** The kinds of file with the largest size of each, those alike in one line. */
export function mediaOf(c: Capabilities): { types: string[]; bytes: number }[] {
  const groups = new Map<string, { types: string[]; bytes: number }>();
  for (const [type, bytes] of Object.entries(c.media ?? {})) {
    const [family = "", name = ""] = type.split("/");
    const key = `${family} ${bytes}`;
    const group = groups.get(key) ?? { types: [], bytes };
    group.types.push(name === "*" ? type : name.replace(/^(vnd\.|x-).*[.-]/, ""));
    groups.set(key, group);
  }
  return [...groups.values()];
}

import type { Capabilities } from "@/lib/api/types";

const NANOSECOND = 1e-9; // the server counts windows in nanoseconds

/** A limit's value, in a kind that says how to write it. */
export type Limit = { key: LimitKey; source?: string } & (
  | { is: "count" | "characters" | "bytes" | "seconds"; value: number }
  | { is: "yes"; value: boolean }
  | { is: "start"; value: Capabilities["start"] }
);

const characters = [
  "max_text",
  "max_caption",
  "max_button_text",
  "max_button_label",
  "max_row_title",
  "max_row_text",
  "max_list_open",
] as const;
const counts = ["max_buttons", "max_link_buttons", "max_list_rows", "max_products"] as const;
const yes = [
  "mix_buttons",
  "voice",
  "locations",
  "contacts",
  "reactions",
  "quotes",
  "templates",
  "typing",
  "receipts",
] as const;
const windows = ["reply_window", "human_window"] as const;

type LimitKey =
  | (typeof characters)[number]
  | (typeof counts)[number]
  | (typeof yes)[number]
  | (typeof windows)[number]
  | "start";

/** What a channel can and cannot, in the order in which people ask. Of what it lacks only the "no" is told. */
export function limitsOf(c: Capabilities): Limit[] {
  const source = (key: string) => c.sources?.[key];
  const sized = (is: "count" | "characters", keys: readonly (typeof characters | typeof counts)[number][]) =>
    keys.map((key) => ({ key, is, value: c[key], source: source(key) }));
  const of = (key: (typeof characters)[number]): Limit => ({ key, is: "characters", value: c[key], source: source(key) });
  const buttons = c.max_buttons > 0;
  const list = c.max_list_rows > 0;
  return [
    { key: "start", is: "start", value: c.start, source: source("start") },
    ...windows.filter((key) => c[key] > 0).map((key): Limit => ({
      key,
      is: "seconds",
      value: c[key] * NANOSECOND,
      source: source(key),
    })),
    ...sized("characters", ["max_text", "max_caption"]),
    ...sized("count", counts),
    ...(buttons || list ? [of("max_button_text")] : []),
    ...(buttons ? [of("max_button_label")] : []),
    ...(list ? [of("max_row_title"), of("max_row_text"), of("max_list_open")] : []),
    ...yes.map((key): Limit => ({ key, is: "yes", value: c[key], source: source(key) })),
  ].filter((l) => l.is !== "characters" || l.value > 0) as Limit[];
}

/** The kinds of file by their largest size, those alike in one line: "image/jpeg, image/png". */
export function mediaOf(c: Capabilities): { types: string[]; bytes: number }[] {
  const groups = new Map<string, { types: string[]; bytes: number }>();
  for (const [type, bytes] of Object.entries(c.media)) {
    const key = `${type.split("/")[0]} ${bytes}`;
    const group = groups.get(key) ?? { types: [], bytes };
    group.types.push(type);
    groups.set(key, group);
  }
  return [...groups.values()];
}

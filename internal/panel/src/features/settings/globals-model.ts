import type { Global } from "./queries";

// The server's list of values and secrets, as the page's form holds it, and back.

export const TYPES = ["text", "number", "bool", "date", "list"] as const satisfies Global["type"][];

/** A value as it is typed: all types as text, but a list, as its items. */
export type ValueRow = { name: string; type: Global["type"]; text: string; items: string[] };
/** kept: the server has one by this name, which stays as it is while nothing is typed. */
export type SecretRow = { name: string; text: string; kept: boolean };
export type Rows = { values: ValueRow[]; secrets: SecretRow[] };

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function valueRow({ name, type, value }: Global, zone: string): ValueRow {
  if (type === "list") return { name, type, text: "", items: (Array.isArray(value) ? value : []).map(shown) };
  return { name, type, text: type === "date" ? wallClock(String(value), zone) : shown(value), items: [] };
}

export function toRows(list: readonly Global[], zone: string): Rows {
  return {
    values: list.filter((g) => !g.secret).map((g) => valueRow(g, zone)),
    secrets: list.filter((g) => g.secret).map((g) => ({ name: g.name, text: "", kept: true })),
  };
}

/** What to send; values first, as placeOf counts on. What nobody touched goes back as it came. */
export function fromRows(rows: Rows, before: readonly Global[], zone: string): Global[] {
  const values = rows.values.map((row): Global => {
    const { name, type } = row;
    const old = before.find((g) => !g.secret && g.name === name && g.type === type);
    const same = old && JSON.stringify(valueRow(old, zone)) === JSON.stringify(row);
    return { name, type, secret: false, value: same ? old.value : read(row, old?.value, zone) };
  });
  const secrets = rows.secrets.map(
    ({ name, text }): Global => ({ name, type: "text", secret: true, ...(text && { value: text }) }),
  );
  return [...values, ...secrets];
}

function read({ type, text, items }: ValueRow, old: unknown, zone: string): unknown {
  switch (type) {
    case "text":
      return text;
    case "number":
      return Number(text);
    case "bool":
      return text === "true";
    case "date":
      return instantOf(text, zone);
    case "list": {
      const had: unknown[] = Array.isArray(old) ? old : [];
      return items.map((item) => had.find((one) => shown(one) === item) ?? item);
    }
  }
}

/** Whether what is typed is a value of its type; anything is a text, a yes or no, or a list. */
export function readable({ type, text }: ValueRow): boolean {
  if (type === "number") return text.trim() !== "" && Number.isFinite(Number(text));
  if (type === "date") return !Number.isNaN(Date.parse(text));
  return true;
}

/** The form's field that a place of the server's list names: "items.3.value" of two values is "secrets.1.text". */
export function placeOf(location: string, values: number) {
  const [, at, part] = /^items\.(\d+)\.(name|value)$/.exec(location) ?? [];
  if (at === undefined) return undefined;
  const field = part === "name" ? "name" : "text";
  const i = Number(at);
  return i < values ? (`values.${i}.${field}` as const) : (`secrets.${i - values}.${field}` as const);
}

/** What a zone's clocks show at an instant: "2026-11-21T10:30". */
export function wallClock(at: string | number, zone: string): string {
  const f = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return f.format(new Date(at)).replace(" ", "T");
}

/** When a zone's clocks show a time, RFC 3339. The second turn is for an offset that changes in between. */
export function instantOf(local: string, zone: string): string {
  const wall = Date.parse(`${local}Z`);
  let at = wall;
  for (let turn = 0; turn < 2; turn++) at += wall - Date.parse(`${wallClock(at, zone)}Z`);
  return new Date(at).toISOString();
}

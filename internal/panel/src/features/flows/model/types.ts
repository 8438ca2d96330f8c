import type { Content, Hours, Media } from "@/lib/api/types";

// A flow as the server keeps and exports it, and the kinds of node as it describes them.

export type Words = { es: string; en: string };
/** A template per language, by BCP 47 tag. */
export type Texts = Record<string, string>;
export type Data = Record<string, unknown>;

export type NodeDef = {
  id: string;
  type: string;
  name?: string;
  at: [number, number];
  data: Data;
  /** Exit to node. */
  next?: Record<string, string>;
};

export type VariableType = "text" | "number" | "bool" | "date" | "list" | "any";
export type Variable = { name: string; type: VariableType; about?: string };

export const TRIGGERS = ["keyword", "first", "ref", "opened", "hours", "event", "schedule", "api"] as const;
export type TriggerType = (typeof TRIGGERS)[number];
export const MATCHES = ["contains", "any_of", "exact", "starts", "regex"] as const;

export type Trigger = {
  id: string;
  type: TriggerType;
  priority?: number;
  match?: (typeof MATCHES)[number];
  words?: string[];
  when?: "always" | "open" | "closed";
  ref?: string;
  event?: string;
  if?: string;
  week?: Hours | null;
  tag?: string;
  channels?: string[];
  interrupt?: boolean;
};

export const GOALS = ["tag", "order", "handoff", "node"] as const;
export type Goal = { type: (typeof GOALS)[number]; ref?: string };

export type Definition = {
  format: number;
  name: string;
  language: "es" | "en";
  start: string;
  triggers: Trigger[];
  variables: Variable[];
  goals?: Goal[];
  idle_minutes?: number;
  nodes: NodeDef[];
};

export type Exit = { name: string; label: Words };

export type FieldKind =
  | "text"
  | "plain"
  | "template"
  | "expression"
  | "number"
  | "bool"
  | "choice"
  | "minutes"
  | "content"
  | "variable"
  | "node"
  | "flow"
  | "label"
  | "agent"
  | "team"
  | "wa_template"
  | "hours"
  | "date"
  | "language"
  | "tag"
  | "words"
  | "map"
  | "list"
  | "exits";

export type Field = {
  key: string;
  kind: FieldKind;
  label: Words;
  help?: Partial<Words>;
  required?: boolean;
  options?: { value: string; label: Words }[];
  of?: Field[];
  exit_label?: string;
  max?: number;
  min?: number;
  multiline?: boolean;
  if?: { key: string; in: string[] };
};

export const GROUPS = ["say", "ask", "logic", "data", "shop", "ai", "team"] as const;
export type Group = (typeof GROUPS)[number];

export type NodeType = {
  name: string;
  group: Group;
  icon: string;
  label: Words;
  about: Words;
  fields: Field[];
  exits: Exit[];
};
export type NodeTypes = ReadonlyMap<string, NodeType>;

/** A message of any type, with its texts per language. */
export type FlowContent = {
  type: Content["type"];
  text?: Texts;
  media?: Media;
  location?: Content["location"];
  contact?: Content["contact"];
  buttons?: ContentButton[];
  list?: { open?: Texts; items: ContentRow[] };
  products?: ContentCard[];
};
/** A choice, or a link when it has an address. */
export type ContentButton = { id: string; label: Texts; url?: string };
/** One with a section begins a part of the list of that title. */
export type ContentRow = { id: string; label: Texts; description?: Texts; section?: Texts };
/** price: in the currency's minor unit. */
export type ContentCard = {
  id: string;
  title: Texts;
  text?: Texts;
  price?: number;
  currency?: string;
  image?: string;
  url?: string;
};

/** A fault or a warning at a place of the definition; from and to count UTF-16 units of the text there. */
export type FlowProblem = {
  code: string;
  message: string;
  location: string;
  node?: string;
  from?: number;
  to?: number;
};

export type Use = { node: string; field: string; write?: boolean };

/** What the server says of a definition. */
export type Check = {
  problems: FlowProblem[];
  warnings: FlowProblem[];
  uses: Record<string, Use[]>;
  exits: Record<string, Exit[]>;
};

export type Person = { id: string; name: string };

export type Flow = Check & {
  id: string;
  bot_id: string;
  name: string;
  enabled: boolean;
  draft: Definition;
  draft_revision: number;
  draft_by?: Person;
  draft_at: string;
  published_version?: number;
  status: Status;
};

/** changed: the draft differs from what runs. */
export type Status = "draft" | "published" | "changed";

export type FlowSummary = {
  id: string;
  name: string;
  enabled: boolean;
  status: Status;
  version?: number;
  triggers: Trigger[];
  runs_7d: number;
  conversions_7d: number;
  updated_at: string;
  draft_at: string;
};

export type Starter = {
  key: string;
  language: "es" | "en";
  name: Words;
  about: Words;
  definition: Definition;
  conversation: unknown[];
};

export type Version = { version: number; why: string; by?: Person; at: string; running?: number };

export type ExprFunction = {
  name: string;
  args: { name: string; type: VariableType; optional?: boolean; repeats?: boolean; condition?: boolean }[];
  result: VariableType;
  about: Words;
  example: string;
  /** What the example gives. */
  gives: string;
};
export type ExprField = { path: string; type: VariableType; about: Words };
export type ExprWords = { functions: ExprFunction[]; fields: ExprField[] };

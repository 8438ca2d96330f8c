import { queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";
import { client, ok } from "@/lib/api/client";
import type { Content } from "@/lib/api/types";
import type {
  Check,
  Definition,
  ExprWords,
  Flow,
  FlowProblem,
  FlowSummary,
  NodeType,
  Starter,
  Version,
} from "./model/types";

// The operations of flows. What they take and give is written in model/types: the definition is a
// format of its own, which the builder knows in full while the API's description leaves it open.

// biome-ignore lint/suspicious/noExplicitAny: the wrappers below give each path its types
const open = client as unknown as Client<any>;
type Path = Record<string, string | number>;
const params = (path: Path) => ({ params: { path } });
const get = <T>(at: string, path: Path = {}) => ok<T>(open.GET(`/api/v1${at}`, params(path)) as never);
const post = <T>(at: string, path: Path, body: object = {}) =>
  ok<T>(open.POST(`/api/v1${at}`, { ...params(path), body }) as never);
const put = <T>(at: string, path: Path, body: object) =>
  ok<T>(open.PUT(`/api/v1${at}`, { ...params(path), body }) as never);
const patch = <T>(at: string, path: Path, body: object) =>
  ok<T>(open.PATCH(`/api/v1${at}`, { ...params(path), body }) as never);

const list = async <T>(answer: Promise<{ items: T[] }>) => (await answer).items;

export type NewFlow = { name: string; starter?: string; definition?: Definition; language?: "es" | "en" };

export const createFlow = (bot: string, body: NewFlow) => post<Flow>("/bots/{bot_id}/flows", { bot_id: bot }, body);
export const importFlow = (bot: string, body: { definition?: Definition; file?: string }) =>
  post<Flow>("/bots/{bot_id}/flows/import", { bot_id: bot }, body);
export const changeFlow = (flow: string, body: { name?: string; enabled?: boolean }) =>
  patch<Flow>("/flows/{flow_id}", { flow_id: flow }, body);
export const deleteFlow = (flow: string) =>
  ok<void>(open.DELETE("/api/v1/flows/{flow_id}", params({ flow_id: flow })) as never);
export const saveDraft = (flow: string, body: { revision: number; definition: Definition }) =>
  put<Flow>("/flows/{flow_id}/draft", { flow_id: flow }, body);
export const publishFlow = (flow: string, body: { revision: number; why: string }) =>
  post<Version>("/flows/{flow_id}/publish", { flow_id: flow }, body);

export const checkDefinition = (flow: string, definition: Definition, signal?: AbortSignal) =>
  ok<Check>(
    open.POST("/api/v1/flows/{flow_id}/check", {
      ...params({ flow_id: flow }),
      body: { definition },
      signal,
    }) as never,
  );

/** The exported file's address, to download. */
export const exportAddress = (flow: string) => `/api/v1/flows/${flow}/export`;

// Trying a draft with a pretend customer. The session is the server's own; it goes back as it came.

export type Wait = { for: "message" | "event" | "time"; event?: string; until?: string; idle?: boolean };
export type Session = { node: string; wait?: Wait } & Record<string, unknown>;
export type TriedEffect = {
  say?: { content: Content };
  handoff?: { reason: string; summary?: string };
  label?: string;
  unlabel?: string;
  close?: boolean;
  set?: { field: string; value: unknown };
  tag?: { name: string; remove?: boolean };
  note?: string;
  language?: string;
  stop?: string;
};
export type Visit = {
  node: string;
  type: string;
  name?: string;
  flow?: string;
  exit?: string;
  values?: Record<string, unknown>;
};
export type TryInput = {
  kind: "start" | "message" | "timer" | "event";
  content?: Content;
  event?: string;
  data?: object;
};
export type Customer = { name: string; language: string; tags: string[]; fields: Record<string, unknown> };
export type Try = {
  definition: Definition;
  session?: Session;
  input: TryInput;
  channel?: string;
  contact: Customer;
  now?: string;
  language: string;
};
export type Tried = {
  session?: Session;
  effects: TriedEffect[];
  path: Visit[];
  ended?: string;
  fault?: { node: string; code: string; text?: string; message?: string };
  vars?: Record<string, unknown>;
  took_us: number;
  /** For each message said, the parts that the channel would carry. */
  previews?: (Content[] | null)[];
};

export const tryFlow = (flow: string, body: Try) => post<Tried>("/flows/{flow_id}/try", { flow_id: flow }, body);

// What the builder reads.

const FOREVER = Number.POSITIVE_INFINITY; // changes with the program, not while it runs

export const flowsQuery = (bot: string) =>
  queryOptions({
    queryKey: ["flows", "of", bot],
    queryFn: () => list(get<{ items: FlowSummary[] }>("/bots/{bot_id}/flows", { bot_id: bot })),
  });

export const flowQuery = (flow: string) =>
  queryOptions({
    queryKey: ["flows", flow],
    queryFn: () => get<Flow>("/flows/{flow_id}", { flow_id: flow }),
    // The editor holds the definition from then on; a second reading would only be another truth.
    staleTime: FOREVER,
    gcTime: 0,
  });

export const typesQuery = queryOptions({
  queryKey: ["flow-nodes"],
  queryFn: async () => {
    const types = await list(get<{ items: NodeType[] }>("/flow-nodes"));
    return new Map(types.map((type) => [type.name, type]));
  },
  staleTime: FOREVER,
});

export const exprWordsQuery = queryOptions({
  queryKey: ["flow-functions"],
  queryFn: () => get<ExprWords>("/flow-functions"),
  staleTime: FOREVER,
});

export const startersQuery = queryOptions({
  queryKey: ["flow-starters"],
  queryFn: () => list(get<{ items: Starter[] }>("/flow-starters")),
  staleTime: FOREVER,
});

export type Team = { id: string; name: string };
export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: () => list(get<{ items: Team[] }>("/teams")),
});

export type { FlowProblem };

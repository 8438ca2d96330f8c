import { queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";
import { client, ok } from "@/lib/api/client";
import type { Content, Trace } from "@/lib/api/types";
import { readLines } from "@/lib/json-lines";
import type { TriedEffect } from "./api";
import type { Version } from "./model/types";

// What one asks of a flow besides its draft: its versions, its figures, and what a change would do.

// biome-ignore lint/suspicious/noExplicitAny: the wrappers below give each path its types
const open = client as unknown as Client<any>;

export const versionsQuery = (flow: string) =>
  queryOptions({
    queryKey: ["flows", flow, "versions"],
    queryFn: async () =>
      (
        await ok<{ items: Version[] }>(
          open.GET("/api/v1/flows/{flow_id}/versions", { params: { path: { flow_id: flow } } }) as never,
        )
      ).items,
  });

export const restoreVersion = (flow: string, version: number, why: string) =>
  ok<Version>(
    open.POST("/api/v1/flows/{flow_id}/versions/{version}/restore", {
      params: { path: { flow_id: flow, version } },
      body: { why },
    }) as never,
  );

export type FieldChange = { path: string; from?: unknown; to?: unknown };
export type NodeChange = {
  id: string;
  change: "added" | "removed" | "changed" | "moved";
  name?: string;
  type: string;
  fields: FieldChange[];
};
export type Diff = { nodes: NodeChange[]; settings: FieldChange[]; text: string };

/** What differs between two versions; "draft" is the draft as it is stored. */
export const diffQuery = (flow: string, from: string, to: string, stamp: number) =>
  queryOptions({
    queryKey: ["flows", flow, "diff", from, to, stamp],
    queryFn: () =>
      ok<Diff>(
        open.GET("/api/v1/flows/{flow_id}/diff", { params: { path: { flow_id: flow }, query: { from, to } } }) as never,
      ),
  });

export type Rate = { runs: number; conversions: number; rate: number; low: number; high: number };
export type Analytics = {
  runs: number;
  ended: Record<string, number>;
  nodes: {
    node: string;
    entered: number;
    left: Record<string, number>;
    dropped: number;
    median_seconds: number | null;
  }[];
  versions: ({ version: number } & Rate)[];
  arms: ({ node: string; arm: string } & Rate)[];
};

/** days: how far back; version 0 is all of them. */
export const analyticsQuery = (flow: string, version: number, days: number) =>
  queryOptions({
    queryKey: ["flows", flow, "analytics", version, days],
    queryFn: () =>
      ok<Analytics>(
        open.GET("/api/v1/flows/{flow_id}/analytics", {
          params: {
            path: { flow_id: flow },
            query: { version, from: new Date(Date.now() - days * 86_400_000).toISOString() },
          },
        }) as never,
      ),
  });

export type ReplayTurn = { source: string; effects: TriedEffect[]; trace?: Trace };
export type ReplayItem = {
  conversation_id: string;
  contact: string;
  message?: Content;
  at: string;
  kind: "effects" | "answer" | "silent" | "handoff";
  said: Content[];
  before: ReplayTurn;
  after: ReplayTurn;
};
export type Replayed = {
  turns: number;
  changed: number;
  left_off?: number;
  counts: Record<string, number>;
  items: ReplayItem[];
  seconds: number;
};
type Line = { progress?: { done: number; of: number }; result?: Replayed; failed?: { message?: string } };

/** Runs real conversations through the draft; nothing is sent. */
export async function replay(
  flow: string,
  conversations: number,
  tell: (done: number, of: number) => void,
  signal: AbortSignal,
) {
  const body = await ok<ReadableStream<Uint8Array>>(
    open.POST("/api/v1/flows/{flow_id}/replay", {
      params: { path: { flow_id: flow } },
      body: { conversations },
      parseAs: "stream",
      signal,
    }) as never,
  );
  let result: Replayed | undefined;
  let failed: string | undefined;
  await readLines<Line>(body, (line) => {
    if (line.progress) tell(line.progress.done, line.progress.of);
    if (line.result) result = line.result;
    if (line.failed) failed = line.failed.message ?? "";
  });
  if (failed !== undefined || !result) throw new Error(failed);
  return result;
}

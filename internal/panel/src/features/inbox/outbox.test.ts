import { QueryClient } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sessionExpired, sessionKnown } from "@/lib/api/session";
import type { Message } from "@/lib/api/types";
import { keys } from "@/lib/realtime/live";
import { discard, enqueue, type Pending, retry, useOutbox } from "./outbox";

type Call = { url: string; key: string; text: string };
const calls: Call[] = [];
const answers: (Response | Error)[] = []; // what the server says next; empty: 201
let qc: QueryClient;
let outbox: { current: Pending[] };

const problem = (status: number, detail: string) =>
  new Response(JSON.stringify({ status, detail }), {
    status,
    headers: { "Content-Type": "application/problem+json" },
  });

beforeEach(() => {
  qc = new QueryClient();
  outbox = renderHook(useOutbox).result;
  qc.setQueryData(keys.messages("c1"), { items: [], more: false });
  vi.stubGlobal("fetch", async (request: Request) => {
    const body = await request.json();
    const key = request.headers.get("Idempotency-Key") ?? "";
    calls.push({ url: new URL(request.url).pathname, key, text: body.content?.text ?? body.text });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    if (answer) return answer;
    const message = { id: `m-${key}`, client_id: key, seq: calls.length, content: body.content, state: "sent" };
    return new Response(JSON.stringify(message), { status: 201, headers: { "Content-Type": "application/json" } });
  });
});
afterEach(() => {
  for (const p of pending()) discard(p.id);
  calls.length = 0;
  answers.length = 0;
  vi.unstubAllGlobals();
});

const pending = () => outbox.current;
const send = (text: string, note = false) =>
  act(() => enqueue(qc, { conversation: "c1", note, content: { type: "text", text } }));
const sent = () => (qc.getQueryData(keys.messages("c1")) as { items: Message[] }).items.map((m) => m.content?.text);

it("sends in order, one at a time, each with a key of its own", async () => {
  send("one");
  send("two");
  expect(pending()).toHaveLength(2);
  await waitFor(() => expect(pending()).toHaveLength(0));
  expect(calls.map((c) => c.text)).toEqual(["one", "two"]);
  expect(new Set(calls.map((c) => c.key)).size).toBe(2);
  expect(sent()).toEqual(["one", "two"]);
});

it("keeps a failed one with its reason, and repeats it under the same key", async () => {
  answers.push(problem(503, "Busy"));
  send("again");
  await waitFor(() => expect(pending()[0]?.error).toBe("Busy"));
  retry(qc, pending()[0]?.id ?? "");
  await waitFor(() => expect(pending()).toHaveLength(0));
  expect(calls).toHaveLength(2);
  expect(calls[0]?.key).toBe(calls[1]?.key);
});

it("keeps what the network swallowed", async () => {
  answers.push(new TypeError("Failed to fetch"));
  send("offline");
  await waitFor(() => expect(pending()[0]?.error).toBeTruthy());
  expect(sent()).toEqual([]);
});

it("waits for the sign-in and then sends by itself", async () => {
  sessionKnown();
  answers.push(problem(401, "Sign in"));
  send("patient");
  await waitFor(() => expect(calls).toHaveLength(1));
  expect(pending()[0]?.error).toBeUndefined();
  sessionExpired(); // as the client's middleware already said: no second dialog
  sessionKnown();
  await waitFor(() => expect(pending()).toHaveLength(0));
  expect(calls[0]?.key).toBe(calls[1]?.key);
});

it("sends notes to where only the team reads", async () => {
  send("secret", true);
  await waitFor(() => expect(pending()).toHaveLength(0));
  expect(calls[0]).toMatchObject({ url: "/api/v1/conversations/c1/notes", text: "secret" });
});

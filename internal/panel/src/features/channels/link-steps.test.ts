import { expect, test } from "vitest";
import { readLines } from "@/lib/json-lines";
import type { LinkStep } from "./link-steps";

const stream = (...pieces: (string | Uint8Array)[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
      controller.close();
    },
  });

const read = async (...pieces: (string | Uint8Array)[]) => {
  const steps: LinkStep[] = [];
  await readLines<LinkStep>(stream(...pieces), (s) => steps.push(s));
  return steps;
};

test("a step per line, whole or in pieces", async () => {
  const qr: LinkStep = { kind: "qr", payload: "2@abc", seconds: 20 };
  const done: LinkStep = { kind: "done", number: "+34600111222", name: "José" };
  const text = `${JSON.stringify(qr)}\n${JSON.stringify(done)}\n`;
  expect(await read(text)).toEqual([qr, done]);
  const bytes = new TextEncoder().encode(text);
  expect(await read(...[...bytes].map((b) => new Uint8Array([b])))).toEqual([qr, done]); // also through the é
});

test("a last line without its end counts, an empty one does not", async () => {
  expect(await read('\n{"kind":"failed","payload":"link_timeout"}')).toEqual([
    { kind: "failed", payload: "link_timeout" },
  ]);
});

test("a cut line is an error, not a step", async () => {
  await expect(read('{"kind":"q')).rejects.toThrow(SyntaxError);
});

import { expect, test } from "vitest";
import type { Capabilities } from "@/lib/api/types";
import { hoursOf, limitsOf, mediaOf } from "./limits";

const caps = {
  max_text: 4096,
  max_caption: 0,
  max_buttons: 0,
  voice: false,
  start: "template",
  reply_window: 86_400e9,
  human_window: 0,
  media: { "image/jpeg": 5, "image/png": 5, "video/mp4": 5, "audio/*": 9, "application/vnd.ms-excel": 7 },
  sources: { max_text: "https://example.com/limits" },
} as unknown as Capabilities;

test("limits that are not there are left out, abilities that are missing are not", () => {
  const keys = limitsOf(caps).map((l) => l.key);
  expect(keys.slice(0, 3)).toEqual(["start", "reply_window", "max_text"]);
  expect(keys).toContain("max_buttons");
  expect(keys).toContain("voice");
  expect(keys).not.toContain("human_window");
  expect(keys).not.toContain("max_caption");
  expect(limitsOf(caps).find((l) => l.key === "max_text")?.source).toBe("https://example.com/limits");
});

test("windows are told in hours", () => expect(hoursOf(caps.reply_window)).toBe(24));

test("files alike share a line", () => {
  expect(mediaOf(caps)).toEqual([
    { types: ["jpeg", "png"], bytes: 5 },
    { types: ["mp4"], bytes: 5 },
    { types: ["audio/*"], bytes: 9 },
    { types: ["excel"], bytes: 7 },
  ]);
});

test("a channel without files has none", () => {
  expect(mediaOf({ ...caps, media: null as unknown as Capabilities["media"] })).toEqual([]);
});

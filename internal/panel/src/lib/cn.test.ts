import { expect, it } from "vitest";
import { cn } from "./cn";

it.each([
  [["h-9 px-3", "h-8"], "px-3 h-8"],
  [["h-9 max-md:h-11", "h-8"], "max-md:h-11 h-8"],
  [["size-9", "w-full"], "size-9 w-full"],
  [["w-4 h-4", "size-9"], "size-9"],
  [["text-sm text-muted", "text-accent"], "text-sm text-accent"],
  [["text-2xl", "text-warn"], "text-2xl text-warn"],
  [["text-muted", "text-xs"], "text-muted text-xs"],
  [["top-[12vh] max-w-lg", "top-4 max-w-sm"], "top-4 max-w-sm"],
  [["hover:bg-sunken", "bg-accent", false], "hover:bg-sunken bg-accent"],
  [["rounded-lg", "rounded-br-sm"], "rounded-lg rounded-br-sm"],
  [["border border-danger/40", "border-0"], "border border-danger/40 border-0"],
])("%j", (classes, want) => {
  expect(cn(...classes)).toBe(want);
});

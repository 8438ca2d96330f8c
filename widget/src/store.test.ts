import { afterEach, expect, it, vi } from "vitest";
import { openStore } from "./store";

afterEach(() => localStorage.clear());

it("keeps what it is given, by site", () => {
  openStore("a").set("x", { n: 1 });
  expect(openStore("a").get("x")).toEqual({ n: 1 });
  expect(openStore("b").get("x")).toBeUndefined();
  openStore("a").set("x", undefined);
  expect(localStorage).toHaveLength(0);
});

it("lists keys in order", () => {
  const store = openStore("a");
  for (const key of ["out:2", "out:1", "seen"]) store.set(key, 1);
  expect(store.keys("out:")).toEqual(["out:1", "out:2"]);
});

it("reads over what somebody else has broken", () => {
  localStorage.setItem("recado:a:x", "{broken");
  expect(openStore("a").get("x")).toBeUndefined();
});

it("remembers in memory when storage is full or forbidden", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const store = openStore("a");
  store.set("out:1", "hola");
  expect(store.get("out:1")).toBe("hola");
  expect(store.keys("out:")).toEqual(["out:1"]);
});

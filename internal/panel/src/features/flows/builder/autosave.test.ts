import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/lib/api/problem";
import { definition, node } from "../model/fixture";
import type { Definition, Flow } from "../model/types";
import { Autosave } from "./autosave";

const def = (name: string): Definition => definition([node("a")], { name });
const flow = (revision: number) => ({ draft_revision: revision, draft_at: "2026-11-21T09:00:00Z" }) as Flow;

describe("autosave", () => {
  const save = vi.fn<(body: { revision: number; definition: Definition }) => Promise<Flow>>();
  let auto: Autosave;
  beforeEach(() => {
    vi.useFakeTimers();
    save.mockReset();
    auto = new Autosave(save, 1, def("cero"));
  });
  afterEach(() => vi.useRealTimers());

  it("stores once after a pause, and the next change under the revision it got", async () => {
    save.mockResolvedValueOnce(flow(2)).mockResolvedValueOnce(flow(3));
    auto.changed(def("u"));
    await vi.advanceTimersByTimeAsync(500);
    const last = def("uno");
    auto.changed(last);
    await vi.advanceTimersByTimeAsync(700);
    expect(save).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(save).toHaveBeenCalledExactlyOnceWith({ revision: 1, definition: last });
    expect(auto.now().state).toBe("saved");
    auto.changed(def("dos"));
    await auto.flush();
    expect(save.mock.lastCall?.[0].revision).toBe(2);
  });

  it("stores what was changed while a request was under way", async () => {
    let answer: (flow: Flow) => void = () => {};
    save.mockImplementationOnce(() => new Promise((done) => (answer = done))).mockResolvedValueOnce(flow(3));
    auto.changed(def("uno"));
    await vi.advanceTimersByTimeAsync(800);
    const later = def("dos");
    auto.changed(later);
    await vi.advanceTimersByTimeAsync(2000);
    expect(save).toHaveBeenCalledTimes(1);
    answer(flow(2));
    await vi.advanceTimersByTimeAsync(800);
    expect(save.mock.lastCall?.[0]).toEqual({ revision: 2, definition: later });
    expect(auto.dirty).toBe(false);
  });

  it("has nothing to store when a change was undone at once", async () => {
    const first = def("cero");
    auto = new Autosave(save, 1, first);
    auto.changed(def("uno"));
    expect(auto.now().state).toBe("waiting");
    auto.changed(first);
    expect(auto.now().state).toBe("saved");
    await vi.advanceTimersByTimeAsync(5000);
    expect(save).not.toHaveBeenCalled();
  });

  it("tries again while the server cannot be reached, ever less often", async () => {
    save.mockRejectedValue(new Problem({ code: "network" }, 0));
    auto.changed(def("uno"));
    await vi.advanceTimersByTimeAsync(800);
    expect(auto.now()).toEqual({ state: "offline", retry: 2000 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(auto.now()).toEqual({ state: "offline", retry: 4000 });
    save.mockReset().mockResolvedValueOnce(flow(2));
    await vi.advanceTimersByTimeAsync(4000);
    expect(auto.now().state).toBe("saved");
  });

  it("stops at a conflict until somebody decides, and then goes on from theirs", async () => {
    const by = { by: "Mateo", at: "2026-11-21T09:00:00Z", revision: 7 };
    save.mockRejectedValueOnce(new Problem({ code: "flow.changed", args: by }, 409));
    auto.changed(def("uno"));
    expect(await auto.flush()).toBe(false);
    expect(auto.now()).toEqual({ state: "conflict", conflict: by });
    auto.changed(def("dos"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(save).toHaveBeenCalledTimes(1);
    const theirs = def("suyo");
    auto.adopt(7, theirs);
    auto.changed(theirs);
    expect(await auto.flush()).toBe(true);
    save.mockResolvedValueOnce(flow(8));
    auto.changed(def("tres"));
    expect(await auto.flush()).toBe(true);
    expect(save.mock.lastCall?.[0].revision).toBe(7);
  });

  it("does not repeat what was refused, but stores the next change", async () => {
    save.mockRejectedValueOnce(new Problem({ code: "flow.name", detail: "Falta el nombre" }, 422));
    auto.changed(def(""));
    expect(await auto.flush()).toBe(false);
    expect(auto.now()).toEqual({ state: "refused", message: "Falta el nombre" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(save).toHaveBeenCalledTimes(1);
    save.mockResolvedValueOnce(flow(2));
    auto.changed(def("uno"));
    expect(await auto.flush()).toBe(true);
  });
});

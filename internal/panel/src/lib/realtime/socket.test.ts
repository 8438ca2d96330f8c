import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff, LiveSocket } from "./socket";

class FakeSocket {
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  onopen?: () => void;
  onmessage?: (m: { data: string }) => void;
  onclose?: () => void;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  frame(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
}
const last = () => FakeSocket.all.at(-1) as FakeSocket;
const on = { event: vi.fn(), resumed: vi.fn(), reset: vi.fn(), status: vi.fn(), refused: vi.fn() };
const start = () =>
  new LiveSocket("ws://x/live", on, { WebSocket: FakeSocket as unknown as typeof WebSocket, random: () => 1 });

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.clearAllMocks();
});
afterEach(() => vi.useRealTimers());

describe("LiveSocket", () => {
  it("greets, then resumes from the last event it applied", () => {
    const live = start();
    last().open();
    expect(last().sent).toEqual([{ t: "hello", after: null }]);
    last().frame({ t: "ready", cursor: "10" });
    last().frame({ t: "message", cursor: "12", m: {} });
    last().close();
    vi.advanceTimersByTime(500);
    last().open();
    expect(last().sent).toEqual([{ t: "hello", after: "12" }]);
    live.close();
  });

  it("asks for new lines once the changed rows were sent again", () => {
    const live = start();
    last().open();
    last().frame({ t: "ready", cursor: "1" });
    last().close();
    vi.advanceTimersByTime(500);
    last().open();
    last().frame({ t: "ready", cursor: "5" });
    last().frame({ t: "conversation", cursor: "5", c: {} });
    last().frame({ t: "resumed", cursor: "5" });
    expect(on.event).toHaveBeenCalledOnce();
    expect(on.resumed).toHaveBeenCalledOnce();
    live.close();
  });

  it("says again what is on screen after a reconnect", () => {
    const live = start();
    last().open();
    last().frame({ t: "ready", cursor: "1" });
    live.view("c1");
    last().close();
    vi.advanceTimersByTime(500);
    last().open();
    last().frame({ t: "ready", cursor: "1" });
    expect(last().sent.at(-1)).toEqual({ t: "viewing", conversation_id: "c1" });
    live.close();
  });

  it("forgets its place on reset", () => {
    const live = start();
    last().open();
    last().frame({ t: "ready", cursor: "1" });
    expect(on.reset).toHaveBeenCalledTimes(1); // the first ready: what was loaded before it may be old
    last().frame({ t: "reset" });
    expect(on.reset).toHaveBeenCalledTimes(2);
    last().close();
    vi.advanceTimersByTime(500);
    last().open();
    expect(last().sent).toEqual([{ t: "hello", after: null }]);
    live.close();
  });

  it("drops a line that went silent", () => {
    const live = start();
    last().open();
    last().frame({ t: "ready", cursor: "1" });
    vi.advanceTimersByTime(50_000);
    expect(on.status).toHaveBeenLastCalledWith("offline");
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
    live.close();
  });

  it("asks about the session after being refused again and again", () => {
    const live = start();
    for (let i = 0; i < 5; i++) {
      last().close();
      vi.advanceTimersByTime(30_000);
    }
    expect(on.refused).toHaveBeenCalledOnce();
    live.close();
  });

  it("stays closed once closed", () => {
    const live = start();
    live.close();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });
});

it.each([
  [0, 0, 250],
  [0, 1, 500],
  [3, 1, 4000],
  [20, 1, 30_000],
])("waits after attempt %i with luck %f: %i ms", (n, luck, want) => {
  expect(backoff(n, () => luck)).toBe(want);
});

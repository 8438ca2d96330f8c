import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openApi } from "./api";
import { backoff } from "./backoff";
import { openConversation } from "./conversation";
import type { Item, Notice, View } from "./item";
import { openSession } from "./session";
import type { Site } from "./site";
import { openStore } from "./store";
import type { Message } from "./wire";

type Answer = { status: number; json: object } | "lost";

/** The text of a posted message. */
const said = (body: Record<string, unknown> = {}) => (body.content as { text: string }).text;

/** The browser's socket, seen from the server. */
class FakeSocket {
  static all: FakeSocket[] = [];
  static last = () => FakeSocket.all.at(-1) as FakeSocket;
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen = () => {};
  onclose = () => {};
  onmessage = (_: { data: string }) => {};
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send = (text: string) => this.sent.push(JSON.parse(text));
  close = () => {
    this.readyState = 3;
  };
  accept() {
    this.readyState = 1;
    this.onopen();
    this.bring({ t: "ready", seq: 0 });
  }
  bring(frame: object) {
    this.onmessage({ data: JSON.stringify(frame) });
  }
  break() {
    this.readyState = 3;
    this.onclose();
  }
}

/** A tab: one conversation over a scripted server. */
class Tab {
  shown: Item[] = [];
  notices: (Notice | undefined)[] = [];
  missed = 0;
  unread = 0;
  typing: string | undefined;
  visible = true;
  allowed = true;
  stop = new AbortController();
  calls: { path: string; body?: Record<string, unknown> }[] = [];
  answer: (path: string, body?: Record<string, unknown>) => Answer = () => ({ status: 500, json: {} });
  store = openStore("aurora");
  api = openApi("https://chat.example", "aurora", "es");
  session = openSession(this.api, this.store, "es");
  conversation: ReturnType<typeof openConversation>;

  constructor() {
    const view: View = {
      visible: () => this.visible,
      put: (item, _prior, next, moved) => {
        if (!moved) return;
        this.shown = this.shown.filter((i) => i !== item);
        this.shown.splice(next ? this.shown.indexOf(next) : this.shown.length, 0, item);
      },
      drop: (item) => {
        this.shown = this.shown.filter((i) => i !== item);
      },
      missed: () => this.missed++,
      unread: (n) => {
        this.unread = n;
      },
      notice: (n) => this.notices.push(n),
      typing: (name) => {
        this.typing = name;
      },
      attention: () => {},
    };
    const { api, store, session } = this;
    const site = { api, store, session, config: { lang: "es", name: "A" }, signal: this.stop.signal, emit: () => {} };
    this.conversation = openConversation(site as unknown as Site, () => this.allowed, view);
    vi.stubGlobal("fetch", async (url: string, init: { body?: string }) => {
      const path = url.split("/webchat/aurora/")[1] ?? "";
      const body = init.body && JSON.parse(init.body);
      this.calls.push({ path, body });
      const a = this.answer(path, body);
      if (a === "lost") throw new TypeError("Failed to fetch");
      return new Response(JSON.stringify(a.json), { status: a.status });
    });
  }

  posts = () => this.calls.filter((c) => c.path === "messages").map((c) => said(c.body));
  texts = () => this.shown.map((i) => i.content.text);
  states = () => this.shown.map((i) => i.state);
  say = (text: string, key = text) => this.conversation.send(key, { type: "text", text });
  close() {
    this.stop.abort();
    this.conversation.close();
  }
}

const message = (seq: number, text = `m${seq}`, more: Partial<Message> = {}): Message => ({
  id: `id${seq}`,
  seq,
  from: "agent",
  at: new Date(Date.now()).toISOString(),
  content: { type: "text", text },
  ...more,
});

/** A server where everything works. */
const works = (more: object = {}) => {
  let seq = 0;
  const given = new Map<unknown, object>();
  return (path: string, body?: Record<string, unknown>): Answer => {
    if (path === "session") return { status: 200, json: { token: "t1", visitor: "v1", messages: [], ...more } };
    const id = body?.client_id;
    if (!given.has(id)) given.set(id, { id: `id-${id}`, seq: ++seq, client_id: id, at: new Date().toISOString() });
    return { status: 200, json: given.get(id) as object };
  };
};

let tab: Tab;
const settle = () => vi.advanceTimersByTimeAsync(0);
const online = (yes: boolean) => vi.spyOn(navigator, "onLine", "get").mockReturnValue(yes);

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-23T10:00:00Z") });
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.spyOn(Math, "random").mockReturnValue(1);
  online(true);
  localStorage.clear();
  FakeSocket.all = [];
  tab = new Tab();
});

afterEach(() => {
  tab.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function connected(more: object = {}) {
  tab.answer = works(more);
  void tab.conversation.run();
  await settle();
  FakeSocket.last().accept();
  await settle();
}

describe("waiting between attempts", () => {
  it("doubles from one second to thirty, half of it by chance", () => {
    expect([0, 1, 2, 3, 4, 5, 20].map((n) => backoff(n, 1))).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000]);
    expect([0, 5].map((n) => backoff(n, 0))).toEqual([500, 15000]);
  });
});

describe("the queue", () => {
  it("sends one at a time, in order", async () => {
    await connected();
    const order: string[] = [];
    const server = works();
    let open = 0;
    tab.answer = (path, body) => {
      expect(++open).toBe(1);
      order.push(said(body));
      queueMicrotask(() => open--);
      return server(path, body);
    };
    for (const text of ["a", "b", "c"]) tab.say(text);
    await settle();
    expect(order).toEqual(["a", "b", "c"]);
    expect(tab.states()).toEqual(["delivered", "delivered", "delivered"]);
    expect(tab.store.keys("out:")).toEqual([]);
  });

  it("keeps what the server could not take, and repeats it with the same id", async () => {
    await connected();
    tab.answer = () => ({ status: 503, json: {} });
    tab.say("a", "id-a");
    await settle();
    expect(tab.states()).toEqual(["pending"]);
    expect(tab.notices.at(-1)?.kind).toBe("unavailable");
    expect(tab.store.keys("out:")).toHaveLength(1);
    tab.answer = works();
    await vi.advanceTimersByTimeAsync(1100);
    expect(tab.states()).toEqual(["delivered"]);
    expect(tab.notices.at(-1)).toBeUndefined();
    expect(new Set(tab.calls.filter((c) => c.path === "messages").map((c) => c.body?.client_id))).toEqual(
      new Set(["id-a"]),
    );
  });

  it("waits longer after each failure", async () => {
    await connected();
    tab.answer = () => "lost";
    tab.say("a");
    const attempts: number[] = [];
    for (let second = 0; second <= 16; second++) {
      await vi.advanceTimersByTimeAsync(second ? 1000 : 50);
      attempts.push(tab.posts().length);
    }
    expect(attempts[0]).toBe(1);
    expect(attempts[1]).toBe(2);
    expect(attempts[3]).toBe(3);
    expect(attempts[7]).toBe(4);
    expect(attempts[15]).toBe(5);
  });

  it("is silent for as long as the server asks", async () => {
    await connected();
    tab.answer = () => ({ status: 429, json: { retry_after: 5 } });
    tab.say("a");
    await settle();
    expect(tab.notices.at(-1)).toMatchObject({ kind: "throttled", until: Date.now() + 5000 });
    tab.answer = works();
    tab.say("b");
    await vi.advanceTimersByTimeAsync(4900);
    expect(tab.posts()).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(tab.posts()).toEqual(["a", "a", "b"]);
    expect(tab.states()).toEqual(["delivered", "delivered"]);
  });

  it("gives up on what will never be taken, and goes on with the rest", async () => {
    await connected();
    const server = works();
    tab.answer = (path, body) =>
      said(body) === "malo" ? { status: 422, json: { detail: "No cabe." } } : server(path, body);
    tab.say("malo");
    tab.say("bueno");
    await settle();
    expect(tab.texts()).toEqual(["bueno", "malo"]);
    expect(tab.states()).toEqual(["delivered", "failed"]);
    expect(tab.shown[1]?.error).toBe("No cabe.");
    tab.answer = works();
    tab.conversation.retry(tab.shown[1] as Item);
    await settle();
    expect(tab.states()).toEqual(["delivered", "delivered"]);
  });

  it("survives a reload in the order it was written", async () => {
    await connected();
    online(false);
    tab.answer = () => "lost";
    for (const text of ["a", "b", "c"]) tab.say(text);
    await settle();
    expect(tab.notices.at(-1)?.kind).toBe("offline");
    tab.close();

    tab = new Tab();
    online(true);
    tab.conversation.restore();
    expect(tab.texts()).toEqual(["a", "b", "c"]);
    await connected();
    expect(tab.posts()).toEqual(["a", "b", "c"]);
    expect(tab.store.keys("out:")).toEqual([]);
  });

  it("asks for a lost file again after a reload", async () => {
    await connected();
    tab.answer = () => "lost";
    tab.conversation.send("f", { type: "image", media: { name: "a.png" } }, () => Promise.reject({ status: 0 }));
    await settle();
    tab.close();
    tab = new Tab();
    tab.conversation.restore();
    await connected();
    expect(tab.shown[0]).toMatchObject({ state: "failed", lost: true });
    expect(tab.posts()).toEqual([]);
    tab.conversation.retry(tab.shown[0] as Item, { type: "image", media: { name: "a.png" } }, async () => ({
      file: "up",
    }));
    await settle();
    expect(tab.states()).toEqual(["delivered"]);
    expect(tab.calls.at(-1)?.body?.content).toMatchObject({ media: { file: "up" } });
  });

  it("waits for a form", async () => {
    tab.allowed = false;
    tab.answer = works();
    tab.say("a");
    await settle();
    expect(tab.calls).toEqual([]);
    tab.allowed = true;
    await tab.conversation.begin({ name: "Ana" });
    expect(tab.calls[0]?.body?.prechat).toEqual({ name: "Ana" });
    expect(tab.posts()).toEqual(["a"]);
  });

  it("starts a new session when the server forgot the token, and keeps the queue", async () => {
    await connected({ messages: [message(1)] });
    const server = works({ token: "t2", visitor: "v2" });
    let forgotten = true;
    tab.answer = (path, body) => {
      if (path === "session") forgotten = false;
      return forgotten ? { status: 401, json: { code: "webchat.token" } } : server(path, body);
    };
    tab.say("a");
    await vi.advanceTimersByTimeAsync(1100);
    expect(tab.texts()).toEqual(["a"]);
    expect(tab.states()).toEqual(["delivered"]);
    expect(tab.api.token).toBe("t2");
  });

  it("stops when the page is not allowed", async () => {
    await connected();
    tab.answer = () => ({ status: 403, json: { code: "webchat.origin" } });
    tab.say("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tab.notices.at(-1)?.kind).toBe("blocked");
    expect(tab.posts()).toEqual(["a"]);
  });
});

describe("what arrives", () => {
  it("is shown once, however often it comes", async () => {
    await connected({ messages: [message(1)] });
    const socket = FakeSocket.last();
    for (const m of [message(1), message(2), message(2), message(3)]) socket.bring({ t: "message", m });
    expect(tab.texts()).toEqual(["m1", "m2", "m3"]);
  });

  it("does not repeat what the visitor wrote: the echo may come before the answer", async () => {
    await connected();
    tab.answer = (path, body) => {
      FakeSocket.last().bring({
        t: "message",
        m: message(1, "a", { client_id: "k", from: "contact", state: "delivered" }),
      });
      return works()(path, body);
    };
    tab.say("a", "k");
    await settle();
    expect(tab.texts()).toEqual(["a"]);
    expect(tab.states()).toEqual(["delivered"]);
  });

  it("does not fail a message whose answer got lost but whose echo came", async () => {
    await connected();
    tab.answer = () => {
      FakeSocket.last().bring({ t: "message", m: message(1, "a", { client_id: "k", from: "contact" }) });
      return "lost";
    };
    tab.say("a", "k");
    await vi.advanceTimersByTimeAsync(5000);
    expect(tab.posts()).toEqual(["a"]);
    expect(tab.states()).toEqual(["delivered"]);
  });

  it("stands in the server's order, with what is still here at the end", async () => {
    await connected();
    tab.answer = () => ({ status: 503, json: {} });
    tab.say("mine");
    await settle();
    FakeSocket.last().bring({ t: "message", m: message(4) });
    FakeSocket.last().bring({ t: "message", m: message(3) });
    expect(tab.texts()).toEqual(["m3", "m4", "mine"]);
  });

  it("raises states and never lowers them", async () => {
    await connected();
    tab.say("a");
    await settle();
    const socket = FakeSocket.last();
    expect(tab.states()).toEqual(["delivered"]);
    socket.bring({ t: "read", seq: 1 });
    for (const state of ["delivered", "nonsense", undefined]) {
      socket.bring({ t: "message", m: { ...message(1, "a"), client_id: "a", from: "contact", state } });
    }
    expect(tab.states()).toEqual(["read"]);
  });

  it("is counted while nobody looks, and read when somebody does", async () => {
    tab.visible = false;
    await connected({ messages: [message(1), message(2)], unread: 1 });
    expect(tab.unread).toBe(1);
    const socket = FakeSocket.last();
    socket.bring({ t: "message", m: message(3) });
    socket.bring({ t: "message", m: message(4, "x", { from: "system" }) });
    expect(tab.unread).toBe(2);
    expect(tab.missed).toBe(1);
    expect(socket.sent.filter((f) => f.t === "seen")).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    expect(socket.sent.at(-1)).toEqual({ t: "got", seq: 4 });
    tab.visible = true;
    tab.conversation.see();
    expect(tab.unread).toBe(0);
    expect(socket.sent.at(-1)).toEqual({ t: "seen", seq: 4 });
  });

  it("shows typing for six seconds, or until the words are there", async () => {
    await connected();
    FakeSocket.last().bring({ t: "typing", who: "agent", name: "Mateo", on: true });
    expect(tab.typing).toBe("Mateo");
    await vi.advanceTimersByTimeAsync(6100);
    expect(tab.typing).toBeUndefined();
    FakeSocket.last().bring({ t: "typing", who: "agent", name: "Mateo", on: true });
    FakeSocket.last().bring({ t: "message", m: message(1) });
    expect(tab.typing).toBeUndefined();
  });
});

describe("the socket", () => {
  it("says hello first and comes back from the newest number", async () => {
    await connected({ messages: [message(7)] });
    const first = FakeSocket.last();
    expect(first.url).toBe("wss://chat.example/webchat/aurora/socket");
    expect(first.sent[0]).toEqual({ t: "hello", token: "t1", after: 7, lang: "es" });
    first.bring({ t: "message", m: message(9) });
    first.break();
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.last().accept();
    expect(FakeSocket.last().sent[0]).toMatchObject({ after: 9 });
  });

  it("waits longer each time, and not at all when the network returns", async () => {
    await connected();
    FakeSocket.last().break();
    await vi.advanceTimersByTimeAsync(1000);
    FakeSocket.last().break();
    await vi.advanceTimersByTimeAsync(1900);
    expect(FakeSocket.all).toHaveLength(2);
    dispatchEvent(new Event("online"));
    expect(FakeSocket.all).toHaveLength(3);
  });

  it("tells the visitor only when it stays away", async () => {
    await connected();
    FakeSocket.last().break();
    await vi.advanceTimersByTimeAsync(900);
    expect(tab.notices.at(-1)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2500);
    expect(tab.notices.at(-1)?.kind).toBe("connecting");
    FakeSocket.last().accept();
    await settle();
    expect(tab.notices.at(-1)).toBeUndefined();
  });

  it("notices a network that went without a word", async () => {
    await connected();
    const first = FakeSocket.last();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(first.sent.at(-1)).toEqual({ t: "ping" });
    first.bring({ t: "pong" });
    await vi.advanceTimersByTimeAsync(25_000);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(26_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("says that the visitor is typing, not at every key", async () => {
    await connected();
    for (let i = 0; i < 10; i++) {
      tab.conversation.typing();
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(FakeSocket.last().sent.filter((f) => f.t === "typing")).toHaveLength(2);
  });

  it("ends when the conversation closes", async () => {
    await connected();
    tab.close();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(FakeSocket.last().readyState).toBe(3);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("another tab", () => {
  const signs = async (visitor: string) => {
    tab.store.set("session", { token: "t2", visitor });
    dispatchEvent(new StorageEvent("storage", { key: "recado:aurora:session" }));
    await settle();
    return tab.calls.filter((c) => c.path === "session").length;
  };

  it("with a newer token of the same visitor changes nothing, or two tabs would renew for ever", async () => {
    await connected();
    expect(await signs("v1")).toBe(1);
  });

  it("with another visitor starts over", async () => {
    await connected();
    expect(await signs("v2")).toBe(2);
  });
});

describe("older messages", () => {
  it("come before the oldest one, and stop when there are no more", async () => {
    await connected({ messages: [message(5), message(6)], more: true });
    expect(tab.conversation.more()).toBe(true);
    tab.answer = () => ({ status: 200, json: { messages: [message(3), message(4)], more: false } });
    await tab.conversation.older();
    expect(tab.calls.at(-1)?.path).toBe("messages?before=5&limit=50");
    expect(tab.texts()).toEqual(["m3", "m4", "m5", "m6"]);
    expect(tab.conversation.more()).toBe(false);
  });

  it("leave no gap with what this browser remembers", async () => {
    await connected({ messages: [message(1), message(2)] });
    tab.close();
    tab = new Tab();
    tab.conversation.restore();
    expect(tab.texts()).toEqual(["m1", "m2"]);
    await connected({ messages: [message(90), message(91)], more: true });
    expect(tab.texts()).toEqual(["m90", "m91"]);
  });
});

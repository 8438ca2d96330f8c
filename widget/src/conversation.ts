// The conversation as this tab knows it: one list of messages, a queue of what has not
// left yet, and the loop that keeps both in step with the server. It draws nothing.
import type { Problem } from "./api";
import { backoff } from "./backoff";
import { bare, type Item, type Notice, type State, type Upload, type View } from "./item";
import { where } from "./session";
import type { Site } from "./site";
import { openSocket } from "./socket";
import type { Attention, Content, Frame, Message, SessionReply } from "./wire";

export interface Conversation {
  items(): readonly Item[];
  /** Shows what this browser remembers, before the server has been asked. */
  restore(): void;
  /** Connects and sends what waits; safe to call at any time. */
  run(): Promise<void>;
  /** Starts the session with the answers of a form; throws a Problem. */
  begin(prechat: Record<string, string>): Promise<void>;
  /** Forgets the connection, not the queue, and connects again. */
  restart(): void;
  /** Queues a message under its client id, a UUID. */
  send(key: string, content: Content, upload?: Upload): void;
  /** Sends again; with a file chosen anew, its content and upload. */
  retry(item: Item, content?: Content, upload?: Upload): void;
  discard(item: Item): void;
  typing(): void;
  /** Tells the server what has been seen, if the visitor is looking. */
  see(): void;
  /** Whether there are older messages, and fetching them; throws a Problem. */
  more(): boolean;
  older(): Promise<void>;
  /** Fetches a message again, for a file whose address has expired. */
  refresh(item: Item): Promise<void>;
  close(): void;
}

/** States only rise; a late "delivered" does not undo a "read". */
const RANK: (State | undefined)[] = [undefined, "pending", "failed", "delivered", "read"];
const KEPT = 60; // messages kept in this browser for the next page
const PAGE = 50;
const TYPING_LASTS = 6000; // ms
const TYPING_EVERY = 3000; // ms
const PATIENCE = 3000; // ms without a socket before the visitor is told

/** allowed is false while a form has to be filled in first: messages wait. */
export function openConversation(
  { api, store, session, config, signal, emit }: Site,
  allowed: () => boolean,
  view: View,
): Conversation {
  let items: Item[] = [];
  let top = 0; // highest sequence number received
  let seen = store.get<number>("seen") ?? 0;
  let before: number | undefined; // older messages exist below this sequence number
  let current: SessionReply | undefined; // the answer the list was built from
  let visitor = session.visitor();
  let started = false;
  let running = false;
  let again = false;
  let failures = 0;
  let notBefore = 0; // ms; the server asked for silence until then
  let trouble: Problem | undefined;
  let blocked: Notice["kind"] | undefined;
  let downSince = 0;
  let typed = 0;
  let lastWritten = 0;
  let closed = false;
  const timers: Record<string, number> = {};
  const later = (name: string, fn: () => void, ms: number) => {
    clearTimeout(timers[name]);
    timers[name] = window.setTimeout(fn, ms);
  };

  const socket = openSocket(
    api.url("socket").replace(/^http/, "ws"),
    () => ({ t: "hello", token: api.token, after: top, lang: config.lang }),
    frame,
    () => {
      downSince = socket.ready() ? 0 : downSince || Date.now();
      notify();
      later("patience", notify, PATIENCE + 50);
    },
  );

  // ——— the list

  function place(item: Item, fresh = false) {
    const from = items.indexOf(item);
    if (from >= 0) items.splice(from, 1);
    let at = item.seq || from < 0 ? items.length : from;
    // What has no number yet stays last, in the order it was written.
    if (item.seq) while (at && (items[at - 1]?.seq || Number.POSITIVE_INFINITY) > item.seq) at--;
    items.splice(at, 0, item);
    view.put(item, items[at - 1], items[at + 1], at !== from, fresh);
  }

  function take(m: Message, live: boolean) {
    top = Math.max(top, m.seq);
    const known = items.find((i) => i.id === m.id || (m.client_id && i.key === m.client_id));
    if (known?.seq) {
      if (rise(known, m.state)) place(known);
      return;
    }
    if (known) settle(known);
    const { state, ...rest } = m;
    const item: Item = Object.assign(known ?? { key: m.client_id ?? m.id }, rest);
    rise(item, state ?? "delivered");
    place(item, live && !known);
    if (!live || m.from === "contact") return;
    emit("message", m);
    view.typing(undefined);
    if (m.from !== "system" && !view.visible()) view.missed(item);
  }

  function rise(item: Item, state: State | undefined): boolean {
    if (item.from !== "contact" || RANK.indexOf(state) <= RANK.indexOf(item.state)) return false;
    item.state = state;
    return true;
  }

  function changed() {
    view.unread(items.filter((i) => i.from !== "contact" && i.from !== "system" && (i.seq ?? 0) > seen).length);
    if (!session.reply?.verified) store.set("last", items.filter((i) => i.id).slice(-KEPT));
  }

  // ——— the queue: one key per message, so that tabs do not overwrite each other

  const saveTo = (item: Item) => `out:${item.at}:${item.key}`;

  function save(item: Item) {
    store.set(saveTo(item), { ...item, lost: !!(item.upload || item.lost), progress: undefined, abort: undefined });
  }

  /** The message is the server's now. */
  function settle(item: Item) {
    store.set(saveTo(item), undefined);
    item.upload = item.error = item.progress = item.lost = item.abort = item.state = undefined;
  }

  function send(key: string, content: Content, upload?: Upload) {
    // The queue is stored by time: two messages of one millisecond must not swap.
    lastWritten = Math.max(Date.now(), lastWritten + 1);
    const at = new Date(lastWritten).toISOString();
    const item: Item = { key, from: "contact", at, content, state: "pending", upload };
    save(item);
    place(item, true);
    void run();
  }

  async function deliver(item: Item) {
    try {
      if (item.upload) {
        item.abort = new AbortController();
        step(item, 0);
        const up = await item.upload((share) => step(item, share), item.abort.signal);
        item.content = { ...item.content, media: up };
        item.upload = item.progress = undefined;
        save(item);
      }
      const r = await api.call<{ id: string; seq: number; at: string }>("messages", {
        client_id: item.key,
        content: bare(item.content),
        page: where(),
      });
      // Its echo may have come first, and know more.
      if (!item.id) {
        settle(item);
        Object.assign(item, r);
        rise(item, "delivered");
      }
      place(item);
      changed();
    } catch (e) {
      const p = e as Problem;
      item.progress = undefined;
      // Cancelled, or the answer got lost and the socket has brought the message already.
      if (p.status < 0 || item.id) return;
      // What the server will never take fails; anything else waits for better times.
      const final = /^4(?!0[138]|29)/.test(`${p.status}`);
      if (final) Object.assign(item, { state: "failed", error: p.message });
      save(item);
      place(item);
      if (!final) throw p;
    }
  }

  function step(item: Item, share: number) {
    item.progress = share;
    place(item);
  }

  function retry(item: Item, content = item.content, upload = item.upload) {
    Object.assign(item, { content, upload, lost: false, state: "pending", error: undefined });
    save(item);
    place(item);
    void run();
  }

  function discard(item: Item) {
    item.abort?.abort();
    store.set(saveTo(item), undefined);
    remove((i) => i === item);
  }

  // ——— the loop

  async function run() {
    started = true;
    if (closed || blocked || !allowed() || Date.now() < notBefore) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    clearTimeout(timers.run);
    try {
      do {
        again = false;
        const reply = session.reply ?? (await session.start());
        if (closed) return;
        if (reply !== current) adopt(reply);
        socket.open();
        for (const item of [...items]) {
          if (item.state === "pending") await deliver(item);
        }
      } while (again);
      failures = 0;
      trouble = undefined;
    } catch (e) {
      fail(e as Problem);
    }
    running = false;
    notify();
  }

  function fail(p: Problem) {
    if (p.status === 403) blocked = "blocked";
    else if (/^webchat.identity/.test(p.code)) blocked = "identity";
    if (blocked) {
      socket.close();
      return;
    }
    if (p.status === 401) {
      session.forget();
      socket.close();
      clear();
    } else trouble = p;
    const wait = p.retryAfter ? p.retryAfter * 1000 : backoff(failures++);
    if (p.retryAfter) notBefore = Date.now() + wait;
    later("run", run, wait + 5);
  }

  /** Takes the server's view of the conversation as the truth. */
  function adopt(reply: SessionReply) {
    if (visitor && visitor !== reply.visitor) clear();
    current = reply;
    visitor = reply.visitor;
    const list = reply.messages ?? [];
    const first = list[0]?.seq ?? Number.POSITIVE_INFINITY;
    // Kept messages that the answer does not reach down to would leave a gap; scrolling brings them back.
    remove((i) => !!i.seq && i.seq < first);
    for (const m of list) take(m, false);
    before = reply.more ? first : undefined;
    read(reply.agent_read_seq ?? 0);
    const theirs = list.filter((m) => m.from === "agent" || m.from === "bot");
    const unread = theirs[Math.max(0, theirs.length - (reply.unread ?? 0))];
    seen = unread ? unread.seq - 1 : top;
    see();
    changed();
  }

  function remove(which: (i: Item) => boolean) {
    const gone = items.filter(which);
    items = items.filter((i) => !gone.includes(i));
    for (const item of gone) view.drop(item);
  }

  /** Another visitor's stream begins: only what has not left yet stays. */
  function clear() {
    top = 0;
    before = undefined;
    remove((i) => !!i.id || !store.get(saveTo(i)));
  }

  function read(seq: number) {
    for (const item of items) if (item.seq && item.seq <= seq && rise(item, "read")) place(item);
  }

  function frame(f: Frame) {
    if (f.t === "ready") {
      see(true);
      void run();
    } else if (f.t === "message") {
      take(f.m, true);
      later("got", () => socket.send({ t: "got", seq: top }), 200);
      see();
      changed();
    } else if (f.t === "read") read(f.seq);
    else if (f.t === "typing") {
      view.typing(f.on ? (f.name ?? "") : undefined);
      later("typing", () => view.typing(undefined), TYPING_LASTS);
    } else if (f.t === "conversation") {
      const now: Attention = { state: f.state, agent: f.agent };
      const last = store.get<Attention>("attention") ?? { state: "bot" };
      store.set("attention", now);
      view.attention(now, last.state + last.agent?.name !== now.state + now.agent?.name);
    } else if (f.t === "gone" && f.code === "webchat.origin") fail({ status: 403 } as Problem);
    else if (f.t === "gone" && f.code === "webchat.token") fail({ status: 401 } as Problem);
  }

  function see(force = false) {
    if (!view.visible() || !top || (seen >= top && !force)) return;
    seen = top;
    store.set("seen", seen);
    socket.send({ t: "seen", seq: seen });
    changed();
  }

  function notify() {
    if (closed || !started) return;
    const down = downSince && Date.now() - downSince > PATIENCE;
    let n: Notice | undefined;
    if (blocked) n = { kind: blocked };
    else if (!navigator.onLine) n = { kind: "offline" };
    else if (trouble?.status === 429) n = { kind: "throttled", until: notBefore };
    else if (trouble) n = { kind: "unavailable" };
    else if (down) n = { kind: "connecting" };
    view.notice(n);
  }

  function restart() {
    socket.close();
    blocked = trouble = undefined;
    notBefore = failures = 0;
    clear();
    changed();
    if (started) void run();
  }

  const page = (last: number, limit: number) =>
    api.call<{ messages: Message[]; more: boolean }>(`messages?before=${last}&limit=${limit}`);

  async function older() {
    const { messages, more } = await page(before ?? 0, PAGE);
    for (const m of messages.reverse()) take(m, false);
    before = more ? items[0]?.seq : undefined;
  }

  async function refresh(item: Item) {
    const { messages } = await page((item.seq ?? 0) + 1, 1);
    Object.assign(item.content, messages.find((m) => m.id === item.id)?.content);
  }

  function restore() {
    for (const item of session.known() ? (store.get<Item[]>("last") ?? []) : []) place(item);
    for (const key of store.keys("out:")) {
      const item = store.get<Item>(key);
      if (!item || items.some((i) => i.key === item.key)) continue;
      // A file lives only in the page that chose it; if that page is still open, its echo settles this one.
      if (item.lost) item.state = "failed";
      place(item);
    }
  }

  // ——— what the page and the other tabs tell us

  const resume = () => {
    if (!started || closed) return;
    if (session.reply) socket.open();
    void run();
    notify();
  };
  addEventListener("online", resume, { signal });
  addEventListener("offline", notify, { signal });
  addEventListener("pageshow", resume, { signal });
  // An open socket would keep the page out of the back-forward cache.
  addEventListener("pagehide", () => socket.close(), { signal });
  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.hidden) return;
      resume();
      see();
    },
    { signal },
  );
  addEventListener(
    "storage",
    (e) => {
      const key = store.key(e);
      if (key === "session" && session.stale()) {
        session.reply = undefined;
        restart();
      } else if (key === "seen") {
        seen = Math.max(seen, store.get<number>("seen") ?? 0);
        changed();
      }
    },
    { signal },
  );

  return {
    items: () => items,
    restore,
    run,
    async begin(prechat) {
      await session.start(prechat);
      await run();
    },
    restart,
    send,
    retry,
    discard,
    typing() {
      if (Date.now() - typed < TYPING_EVERY) return;
      typed = Date.now();
      socket.send({ t: "typing", on: true });
    },
    see,
    more: () => !!before && !!session.reply,
    older,
    refresh,
    close() {
      closed = true;
      socket.close();
      for (const timer of Object.values(timers)) clearTimeout(timer);
      for (const item of items) item.abort?.abort();
    },
  };
}

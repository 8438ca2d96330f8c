import type { LiveEvent } from "./events";

export type LiveStatus = "connecting" | "online" | "offline";

type ServerFrame = LiveEvent | { t: "ready" | "resumed"; cursor: string } | { t: "reset" } | { t: "pong" };
type ClientFrame =
  | { t: "viewing"; conversation_id: string | null }
  | { t: "typing"; conversation_id: string; on: boolean };

export type LiveHandlers = {
  event(e: LiveEvent): void;
  /** The changed rows have been sent again; threads may have new lines. */
  resumed(): void;
  /** Events before this moment are lost to us: fetch again what they keep fresh. */
  reset(): void;
  status(s: LiveStatus): void;
  /** Refused several times in a row: perhaps the session ended. */
  refused(): void;
};

const PING = 25_000;
const SILENCE = 40_000; // no frame for this long: the line is dead even if nobody said so
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** How long to wait before attempt n (from 0): doubling, with half of it random. */
export const backoff = (n: number, random: () => number) =>
  Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** n) * (0.5 + random() / 2);

/**
 * One WebSocket for the whole tab that comes back by itself and takes up where it left off.
 * It owns its timers; close() ends it for good.
 */
export class LiveSocket {
  private ws: WebSocket | undefined;
  private cursor = "";
  private attempts = 0;
  private ready = false;
  private closed = false;
  private heard = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setInterval> | undefined;
  private viewing: string | null = null;

  constructor(
    private readonly url: string,
    private readonly on: LiveHandlers,
    private readonly env = { WebSocket, random: Math.random },
  ) {
    this.connect();
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  close() {
    this.closed = true;
    this.stopTimers();
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.ws?.close();
  }

  /** Says which conversation is on screen; said again after every reconnect. */
  view(conversation: string | null) {
    this.viewing = conversation;
    this.send({ t: "viewing", conversation_id: conversation });
  }

  typing(conversation: string, on: boolean) {
    this.send({ t: "typing", conversation_id: conversation, on });
  }

  private send(frame: ClientFrame | { t: "ping" } | { t: "hello"; after: string | null }) {
    if (this.ws?.readyState === 1 && (this.ready || frame.t === "hello")) this.ws.send(JSON.stringify(frame));
  }

  private connect() {
    this.stopTimers();
    this.ready = false;
    this.on.status(this.attempts === 0 ? "connecting" : "offline");
    const ws = new this.env.WebSocket(this.url);
    this.ws = ws;
    this.heard = Date.now();
    ws.onopen = () => this.send({ t: "hello", after: this.cursor || null });
    ws.onmessage = (m) => this.receive(JSON.parse(m.data) as ServerFrame);
    ws.onclose = () => {
      if (this.ws === ws) this.lost();
    };
    this.pulse = setInterval(() => {
      if (Date.now() - this.heard > SILENCE) this.drop();
      else this.send({ t: "ping" });
    }, PING);
  }

  private receive(frame: ServerFrame) {
    this.heard = Date.now();
    switch (frame.t) {
      case "ready":
        this.ready = true;
        this.attempts = 0;
        if (!this.cursor) {
          this.cursor = frame.cursor;
          this.on.reset(); // what was fetched before this moment may already be old
        }
        this.on.status("online");
        if (this.viewing) this.view(this.viewing);
        return;
      case "resumed":
        this.cursor = frame.cursor;
        return this.on.resumed();
      case "reset":
        this.cursor = "";
        return this.on.reset();
      case "pong":
        return;
      default:
        this.on.event(frame);
        if ("cursor" in frame) this.cursor = frame.cursor; // only once it has been applied
    }
  }

  private lost() {
    this.ws = undefined;
    this.stopTimers();
    if (this.closed) return;
    this.on.status("offline");
    if (!this.ready && this.attempts > 0 && this.attempts % 3 === 0) this.on.refused();
    this.retry = setTimeout(() => this.connect(), backoff(this.attempts++, this.env.random));
  }

  /** Gives up a silent line without waiting for the browser to notice. */
  private drop() {
    const ws = this.ws;
    this.lost();
    ws?.close();
  }

  /** The network or the person came back: no reason to wait any longer. */
  private wake = () => {
    if (document.hidden || this.closed || this.ws) return;
    this.attempts = 0;
    this.connect();
  };

  private stopTimers() {
    clearTimeout(this.retry);
    clearInterval(this.pulse);
  }
}

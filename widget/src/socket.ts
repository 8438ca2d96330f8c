import { backoff } from "./backoff";
import type { Frame } from "./wire";

const BEAT = 25_000; // ms between pings; an answer must come before the next

export interface Socket {
  /** Connects unless connected or connecting; a waiting attempt is made at once. */
  open(): void;
  close(): void;
  /** Sends a frame if the server said ready; otherwise drops it. */
  send(frame: object): void;
  ready(): boolean;
}

/**
 * One WebSocket that comes back by itself. hello is asked at every connection, so a
 * reconnect resumes from the newest sequence number. changed is called when the
 * connection becomes ready and when it is lost.
 */
export function openSocket(url: string, hello: () => object, frame: (f: Frame) => void, changed: () => void): Socket {
  let ws: WebSocket | undefined;
  let ready = false;
  let tries = 0;
  let retry = 0;
  let beat = 0;
  let heard = true;

  const open = () => {
    clearTimeout(retry);
    if (ws) return;
    let mine: WebSocket;
    try {
      mine = new WebSocket(url);
    } catch {
      lost(); // Some browsers throw when the page's policy forbids the address.
      return;
    }
    ws = mine;
    heard = true;
    mine.onopen = () => mine.send(JSON.stringify(hello()));
    mine.onmessage = (e) => {
      if (ws !== mine) return;
      heard = true;
      const f: Frame = JSON.parse(e.data);
      if (f.t === "ready") {
        ready = true;
        tries = 0;
        changed();
      }
      frame(f);
    };
    mine.onclose = () => ws === mine && lost();
    beat = window.setInterval(() => {
      if (!heard) {
        // The network went without a word; the close event may take minutes.
        drop();
        lost();
        return;
      }
      heard = false;
      mine.readyState === 1 && mine.send('{"t":"ping"}');
    }, BEAT);
  };

  const drop = () => {
    clearInterval(beat);
    const old = ws;
    ws = undefined;
    ready = false;
    old?.close();
  };

  const lost = () => {
    drop();
    changed();
    retry = window.setTimeout(open, backoff(tries++));
  };

  return {
    open,
    close() {
      clearTimeout(retry);
      drop();
    },
    send: (frame) => {
      if (ready) ws?.send(JSON.stringify(frame));
    },
    ready: () => ready,
  };
}

// What the conversation holds and what it tells whoever draws it.
import type { Attention, Content, Media, Message } from "./wire";

export type State = "pending" | "failed" | "delivered" | "read";

/** Sends a message's file. progress gets a share from 0 to 1; rejects with a Problem, -1 if aborted. */
export type Upload = (progress: (share: number) => void, signal: AbortSignal) => Promise<Media>;

/** A message on the screen: the server's, or the visitor's own that is still on its way. */
export interface Item {
  /** The client id of the visitor's own, the server's id of the rest. */
  key: string;
  id?: string;
  seq?: number;
  from: Message["from"];
  name?: string;
  at: string;
  content: Content;
  state?: State;
  /** With failed: what happened, in the visitor's language if the server said it. */
  error?: string;
  /** Sends the file, while it has not been. After a reload the file is gone: lost. */
  upload?: Upload;
  lost?: boolean;
  /** How much of the file has left, 0 to 1. */
  progress?: number;
  abort?: AbortController;
}

/** Why the visitor's words do not go through now. until is a time in ms. */
export interface Notice {
  kind: "offline" | "connecting" | "unavailable" | "throttled" | "blocked" | "identity";
  until?: number;
}

export interface View {
  /** Whether the visitor is looking at the messages. */
  visible(): boolean;
  /**
   * A new or changed message and its neighbours. moved: its place is new; fresh: it has
   * just arrived or been written.
   */
  put(item: Item, prior: Item | undefined, next: Item | undefined, moved: boolean, fresh: boolean): void;
  drop(item: Item): void;
  /** A message from the other side while nobody looks. */
  missed(item: Item): void;
  unread(n: number): void;
  notice(n: Notice | undefined): void;
  typing(name: string | undefined): void;
  attention(now: Attention, changed: boolean): void;
}

/** What goes on the wire of a visitor's content: the file's reference without its signed address. */
export const bare = (content: Content): Content => ({
  ...content,
  media: content.media && { ...content.media, url: undefined },
});

/** A version 4 UUID. crypto.randomUUID exists only on secure pages. */
export const uuid = () =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
    (+c ^ ((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) & (15 >> (+c / 4)))).toString(16),
  );

import { useSyncExternalStore } from "react";
import type { LiveEvent } from "./events";

/** Who else is in a conversation right now. */
export type Presence = {
  contactTyping: boolean;
  agents: { name: string; typing: boolean }[];
};

const nobody: Presence = { contactTyping: false, agents: [] };
const TYPING_LASTS = 6000;

/** Remembers who views and types; typing that is not repeated ends by itself. */
export class PresenceBoard {
  private rooms = new Map<string, Presence>();
  private timers = new Map<string, ReturnType<typeof setTimeout>>();
  private listeners = new Set<() => void>();

  get(conversation: string): Presence {
    return this.rooms.get(conversation) ?? nobody;
  }

  apply(e: Extract<LiveEvent, { t: "typing" | "presence" }>, me: { id: string; name: string }) {
    if (e.t === "presence") this.viewer(e, me.id);
    else if (e.who === "contact") this.contact(e.conversation_id, e.on);
    else if (e.name && e.name !== me.name) this.colleague(e.conversation_id, e.name, e.on);
  }

  private viewer(e: Extract<LiveEvent, { t: "presence" }>, me: string) {
    if (e.user.id === me) return;
    const room = this.get(e.conversation_id);
    const others = room.agents.filter((a) => a.name !== e.user.name);
    const agents = e.viewing || e.typing ? [...others, { name: e.user.name, typing: e.typing }] : others;
    this.set(e.conversation_id, { ...room, agents });
  }

  private contact(conversation: string, on: boolean) {
    this.set(conversation, { ...this.get(conversation), contactTyping: on });
    if (on) this.expire(conversation, () => this.contact(conversation, false));
  }

  // Typing comes with a name only. Who types is there; who stops is still looking.
  private colleague(conversation: string, name: string, on: boolean) {
    const room = this.get(conversation);
    const others = room.agents.filter((a) => a.name !== name);
    this.set(conversation, { ...room, agents: [...others, { name, typing: on }] });
    if (on) this.expire(`${conversation} ${name}`, () => this.colleague(conversation, name, false));
  }

  clear() {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.rooms.clear();
    this.tell();
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  private set(room: string, presence: Presence) {
    if (!presence.contactTyping && presence.agents.length === 0) this.rooms.delete(room);
    else this.rooms.set(room, presence);
    this.tell();
  }

  private expire(key: string, end: () => void) {
    clearTimeout(this.timers.get(key));
    this.timers.set(key, setTimeout(end, TYPING_LASTS));
  }

  private tell() {
    for (const listener of this.listeners) listener();
  }
}

export function usePresenceOf(board: PresenceBoard, conversation: string): Presence {
  return useSyncExternalStore(board.subscribe, () => board.get(conversation));
}

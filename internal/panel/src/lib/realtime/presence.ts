import { useSyncExternalStore } from "react";
import type { LiveEvent } from "./events";

/** Who else is in a conversation right now. */
export type Presence = {
  contactTyping: boolean;
  agents: { id: string; name: string; typing: boolean }[];
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

  apply(e: Extract<LiveEvent, { t: "typing" | "presence" }>, me: string) {
    const room = e.conversation_id;
    if (e.t === "presence") {
      if (e.user.id === me) return;
      const others = this.get(room).agents.filter((a) => a.id !== e.user.id);
      const agents = e.viewing || e.typing ? [...others, { ...e.user, typing: e.typing }] : others;
      this.set(room, { ...this.get(room), agents });
      if (e.typing) this.expire(`${room} ${e.user.id}`, () => this.apply({ ...e, typing: false }, me));
    } else if (e.who === "contact") {
      this.set(room, { ...this.get(room), contactTyping: e.on });
      if (e.on) this.expire(room, () => this.apply({ ...e, on: false }, me));
    }
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

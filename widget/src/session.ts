import type { Api } from "./api";
import type { Store } from "./store";
import type { SessionReply } from "./wire";

/** What this browser remembers of the visitor. */
interface Saved {
  token: string;
  visitor: string;
  verified?: boolean;
}

export interface Session {
  /** The server's last answer, until it is forgotten. */
  reply?: SessionReply;
  /** Whether the server can tell who this is: nothing needs to be asked. */
  known(): boolean;
  visitor(): string | undefined;
  /** Whether another tab has taken up a different visitor. */
  stale(): boolean;
  /** Who the host page says the visitor is; empty signs out and forgets. */
  identify(jwt?: string): void;
  start(prechat?: Record<string, string>): Promise<SessionReply>;
  /** The server does not know the token any more. */
  forget(): void;
}

/** Keys of the store that belong to one visitor. */
const PERSONAL = ["session", "seen", "last", "attention", "declined"];

export function openSession(api: Api, store: Store, lang: string, identity = ""): Session {
  let jwt = identity;
  const saved = () => store.get<Saved>("session");
  // A verified visitor's history must not outlive her sign-in: without a fresh identity
  // from the host page the token is not used.
  const usable = () => {
    const s = saved();
    return s && (!s.verified || jwt) ? s : undefined;
  };
  const wipe = () => {
    for (const key of [...PERSONAL, ...store.keys("out:")]) store.set(key, undefined);
  };
  const session: Session = {
    known: () => !!(session.reply || usable() || jwt),
    visitor: () => saved()?.visitor,
    stale: () => !!session.reply && saved()?.visitor !== session.reply.visitor,
    identify(next = "") {
      jwt = next;
      session.reply = undefined;
      if (!jwt) wipe();
    },
    async start(prechat) {
      const asked = jwt;
      const before = saved();
      if (before && !usable()) wipe();
      const reply = await api.call<SessionReply>("session", {
        // The identity alone finds a verified history; an anonymous token is sent along to be merged.
        token: before?.verified ? undefined : before?.token,
        identity: jwt || undefined,
        lang,
        page: { ...where(), referrer: document.referrer },
        prechat,
      });
      // Somebody else has signed in meanwhile.
      if (asked !== jwt) return session.start(prechat);
      if (before && before.visitor !== reply.visitor) {
        if (before.verified) wipe();
        else store.set("last", undefined);
      }
      store.set("session", { token: reply.token, visitor: reply.visitor, verified: reply.verified });
      api.token = reply.token;
      session.reply = reply;
      return reply;
    },
    forget() {
      api.token = "";
      session.reply = undefined;
      store.set("session", undefined);
    },
  };
  return session;
}

/** The page the visitor is looking at; single-page hosts change it without reloading. */
export const where = () => ({ url: location.href, title: document.title });

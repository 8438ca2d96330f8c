// The part every visitor gets: it draws the launcher, learns whether messages wait, and
// fetches the chat only when somebody needs it.
import { openApi, type Problem } from "./api";
import { backoff } from "./backoff";
import type { Chat } from "./chat";
import { openLauncher } from "./launcher";
import { openSession } from "./session";
import type { Site } from "./site";
import { openStore } from "./store";
import type { Config } from "./wire";
import type { Words } from "./words";

type Listener = (detail: unknown) => void;
type Call = [method: string, ...args: unknown[]];

/** window.Recado. A page may define it first as an array and push calls, e.g. ["send", "Hola"]. */
export interface Recado {
  open(): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  /** The signed identity of the page's user; without one she has signed out. */
  identify(jwt?: string): void;
  /** ready, open, close, message, unread; returns the function that stops listening. */
  on(event: string, listener: Listener): () => void;
  destroy(): void;
  push(...calls: Call[]): void;
}

const LANGUAGES: Record<string, () => Promise<{ default: Words }>> = {
  ar: () => import("./i18n/ar.json"),
  en: () => import("./i18n/en.json"),
  es: () => import("./i18n/es.json"),
};
const DAY = 86_400_000;

/**
 * Starts the widget of a script element, unless the page has one already. again starts
 * over with the newest build.
 */
export function boot(script: HTMLScriptElement, again: () => void) {
  const page = window as { Recado?: Recado | Call[] };
  const before = page.Recado;
  if (before && !Array.isArray(before)) return;

  const data = script.dataset;
  const site = data.site ?? "";
  const base = new URL(script.src).origin;
  const wanted = (data.lang || document.documentElement.lang || navigator.language).replace(/[^\w-]/g, "");
  const stop = new AbortController();
  const { signal } = stop;
  const store = openStore(site);
  const api = openApi(base, site, wanted);
  const session = openSession(api, store, wanted, data.identity);
  const listeners = new Set<[string, Listener]>();
  const emit = (event: string, detail?: unknown) => {
    for (const [name, listener] of listeners) if (name === event) listener(detail);
  };
  let chat: Promise<Chat> | undefined;
  let invitation: string | undefined;

  async function configure(): Promise<Config> {
    for (let n = 1; ; n++) {
      try {
        const config = await api.call<Config>(`config?lang=${wanted}`);
        store.set("config", config);
        return config;
      } catch (e) {
        const { status, message } = e as Problem;
        if (signal.aborted || status === 404) throw e;
        if (status === 403) return { name: "", lang: wanted, blocked: message || "403" };
        const kept = store.get<Config>("config");
        if (kept) return kept;
        await new Promise((resolve) => setTimeout(resolve, backoff(n)));
      }
    }
  }

  const ready = configure().then(async (config) => {
    const { default: words } = await (LANGUAGES[config.lang.slice(0, 2)] ?? (LANGUAGES.en as never))();
    signal.throwIfAborted();
    config.color = data.color || config.color;
    if (/left|right/.test(data.position ?? "")) config.position = data.position as "left";
    const common: Site = { base, config, words, api, store, session, signal, emit };
    return { ...common, launcher: openLauncher(common, () => ask((c) => c.toggle()), load) };
  });

  function load(): Promise<Chat> {
    chat ??= Promise.all([ready, import("./chat")]).then(([all, { mount }]) =>
      mount(all, all.launcher, () => invitation),
    );
    chat.catch(() => {
      chat = undefined;
    });
    return chat;
  }

  /** Runs on the chat, fetching it first. */
  function ask(what: (c: Chat) => void) {
    load()
      .then(what, async () => {
        const { launcher, words } = await ready;
        launcher.say(words.unloaded);
        if (!navigator.onLine) return;
        data.open = "";
        recado.destroy();
        again();
      })
      .catch(() => {}); // without a configuration there is nothing to say it with
  }

  /** Runs on the chat if it is here. */
  const there = (what: (c: Chat) => void) => {
    chat?.then(what, () => {});
  };

  /** A returning visitor is connected at once if something waits or she wrote lately. */
  async function waiting() {
    if (!session.known()) return false;
    if (store.keys("out:").length) return true;
    const reply = await session.start().catch(() => undefined);
    const last = reply?.messages?.at(-1);
    return reply?.unread || (last && Date.now() - Date.parse(last.at) < DAY);
  }

  /** Invites a new visitor, once per text and browser. */
  async function welcome({ config, launcher }: Awaited<typeof ready>) {
    const rule = config.proactive;
    if (!rule || session.reply?.messages?.length || store.get("invited") === rule.text) return;
    const { invite } = await import("./invite");
    invite(rule, signal, () => {
      if (chat) return;
      invitation = rule.text;
      store.set("invited", invitation);
      launcher.say(invitation, () => ask((c) => c.open()));
      launcher.badge(1);
    });
  }

  const recado: Recado = {
    open: () => ask((c) => c.open()),
    close: () => there((c) => c.close()),
    toggle: () => ask((c) => c.toggle()),
    send: (text) => ask((c) => c.send(text)),
    identify(jwt) {
      session.identify(jwt);
      there((c) => c.restart());
    },
    on(event, listener) {
      const entry: [string, Listener] = [event, listener];
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    destroy() {
      stop.abort();
      listeners.clear();
      delete page.Recado;
    },
    push(...calls) {
      for (const [method, ...args] of calls) (recado[method as "push"] as (...a: unknown[]) => void)?.(...args);
    },
  };
  page.Recado = recado;
  if (before) recado.push(...before);

  ready.then(
    async (all) => {
      emit("ready");
      if (data.open !== undefined) ask((c) => c.open(false));
      else if (all.config.blocked) console.warn(`Recado: ${all.words.blocked}`);
      else if (await waiting()) ask((c) => c.wake());
      else welcome(all);
    },
    (e) => signal.aborted || console.warn(`Recado: ${e.message || "no chat has this data-site"}`),
  );
}

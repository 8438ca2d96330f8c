// The chat itself, fetched when somebody needs it: puts the conversation and what draws
// it together.
import { openConversation } from "./conversation";
import { type Child, h } from "./dom";
import type { Extras } from "./extras";
import { type Item, type Notice, type Upload, uuid } from "./item";
import type { Launcher } from "./launcher";
import type { Site } from "./site";
import { openComposer } from "./view/composer";
import { openPen, type Tools } from "./view/content";
import { type Actions, openLog } from "./view/log";
import { openPanel } from "./view/panel";
import type { Attention, Content } from "./wire";
import { fill } from "./words";

export interface Chat {
  open(focus?: boolean): void;
  close(): void;
  toggle(): void;
  send(text: string): void;
  /** Connects without opening, so that what arrives is noticed. */
  wake(): void;
  /** The visitor's identity has changed. */
  restart(): void;
}

/** invitation is the message that invited the visitor, if one did. */
export function mount(site: Site, launcher: Launcher, invitation: () => string | undefined): Chat {
  const { config, words, store, session, signal, emit } = site;
  let extras: Extras | undefined;
  let fetching: Promise<Extras> | undefined;
  let alert: typeof import("./view/alert") | undefined;
  const closed = config.open === false; // outside business hours
  let unread = 0;
  let told: Notice | undefined;
  let countdown = 0;
  let surrounded = "";
  let focusing = false;

  const greeting = h("div");
  const after = h("div");
  const typing = h("div", { class: "typing muted", role: "status" });
  const notice = h("div", { class: "notice", role: "status", hidden: true });
  const tools: Tools = {
    chosen: ({ id }) =>
      conversation.items().find((i) => i.content.answer && i.content.answer.to === id)?.content.answer?.id,
    choose: ({ id: to }, { id, label }) => say({ type: "answer", answer: { id, label, to } }),
    extra,
    say,
    again: (item, content, upload) => conversation.retry(item, content, upload),
    redraw: (key) => log.redraw(key),
    refresh: (item) => conversation.refresh(item),
  };
  const pen = openPen(site, tools);
  const actions: Actions = {
    async retry(item) {
      if (item.lost) (await composer.files())?.again(item);
      else conversation.retry(item);
    },
    discard: (item) => conversation.discard(item),
    progress: (item, place) => !!extras?.progress(item, place, () => conversation.discard(item)),
    more: () => conversation.more(),
    older: () => conversation.older().then(surround),
  };
  const log = openLog(site, pen, actions, greeting, after, typing);
  const composer = openComposer(site, more, () => conversation.typing(), say);
  const panel = openPanel(
    site,
    launcher,
    close,
    (files) => composer.files().then((f) => f?.add(files)),
    notice,
    log.element,
    composer.element,
  );
  const { element } = panel;

  const conversation = openConversation(site, () => !gate(), {
    visible: () => element.open && !document.hidden,
    put(item, ...rest) {
      log.put(item, ...rest);
      const to = item.content.answer?.to;
      if (to) log.redraw(conversation.items().find((i) => i.id === to)?.key);
    },
    drop: log.drop,
    async missed() {
      alert ??= await import("./view/alert");
      if (config.sound !== false && !panel.muted()) alert.beep();
      if (document.hidden) alert.flash(fill(words.newTitle, Math.max(1, unread)));
    },
    unread(n) {
      if (n !== unread) emit("unread", n);
      unread = n;
      launcher.badge(n);
      if (!n) alert?.flash("");
      surround();
    },
    notice: tell,
    typing(name) {
      typing.textContent = name === undefined ? "" : fill(words.typing, name || config.name);
    },
    attention(now, changed) {
      panel.attention(now);
      const { state, agent } = now;
      const news = {
        bot: "",
        waiting: !closed && words.waiting,
        human: agent && fill(words.joined, agent.name),
        closed: words.closed,
      }[state];
      if (changed && news) log.line(news);
      if (state !== "waiting") store.set("declined", undefined); // the next wait may ask again
      surround();
    },
  });

  // ——— what surrounds the messages: greeting, quick replies, forms

  /** Whether a form must be filled in before anything is sent. */
  const gate = () => !session.known() && !config.blocked && (!!config.prechat?.length || leaving());

  /** Outside business hours and without a bot, the visitor is asked for an address before she writes. */
  const leaving = () => closed && !config.bot && !!config.leave_message && !session.reply?.reachable;
  /** Who waits for a person in a closed shop may leave an address, and may decline. */
  const unreached = () =>
    closed &&
    session.reply?.reachable === false &&
    !store.get("declined") &&
    (leaving() || store.get<Attention>("attention")?.state === "waiting");

  function surround() {
    const first = gate();
    const more = conversation.more();
    const below = first ? "form" : unreached() ? "email" : conversation.items().length ? "" : "quick";
    composer.element.hidden = first;
    // Drawn again only when something changes: a half-filled form must survive.
    const now = below + more;
    if (now === surrounded) return;
    surrounded = now;
    const hello = invitation() || config.greeting;
    const away = [
      config.away_text || (leaving() && words.away),
      config.opens_at && fill(words.back, soon(new Date(config.opens_at), config.lang)),
    ];
    greeting.replaceChildren(
      !more && hello ? h("div", { class: "row" }, h("div", { class: "bubble" }, pen.paragraph(hello))) : "",
      !more && closed ? h("div", { class: "event" }, away.filter(Boolean).join(" ")) : "",
    );
    const quick = (config.quick_replies ?? []).map(({ label: text }) =>
      h("button", { class: "choice", onclick: () => say({ type: "text", text }) }, text),
    );
    const left = after.contains(launcher.root.activeElement);
    after.replaceChildren(below === "quick" && quick.length ? pen.group(quick) : "");
    if (left) composer.focus(); // what had it is gone
    if (first || below === "email") void ask(first);
  }

  async function ask(first: boolean) {
    const asked = surrounded;
    const forms = await more();
    if (asked !== surrounded) return;
    if (!forms) {
      after.textContent = words.unloaded;
      surrounded = ""; // opening again tries again
      return;
    }
    const over = () => {
      surround();
      composer.focus();
    };
    const send = async ({ _text, ...answers }: Record<string, string>) => {
      await conversation.begin(answers);
      if (closed && answers.email) log.line(fill(forms.words.left, answers.email));
      if (_text) say({ type: "text", text: _text });
      over();
    };
    const decline = () => {
      store.set("declined", true);
      over();
    };
    const form = forms.form(first, !first || leaving(), send, decline);
    after.replaceChildren(form);
    if (first && focusing) form.querySelector("input")?.focus();
  }

  // ——— sending

  function say(content: Content, upload?: Upload) {
    const key = uuid();
    conversation.send(key, content, upload);
    surround();
    return key;
  }

  // ——— what comes in the second chunk

  async function more() {
    try {
      fetching ??= import("./extras").then(({ prepare }) => prepare(site, launcher.root, tools, pen));
      extras = await fetching;
    } catch {
      fetching = undefined; // no connection; the next occasion asks again
    }
    return extras;
  }

  function extra(item: Item, above: boolean): Child[] {
    const { media, location, contact, products, list } = item.content;
    if (!(above ? media : location || contact || products || list)) return [];
    if (extras) return extras.rich(item, above);
    void more().then((there) => there && log.redraw(item.key));
    return [h("span", { class: "muted" }, "…")];
  }

  /** Says why the visitor's words do not go through, with a countdown if the server named a time. */
  function tell(n: Notice | undefined) {
    composer.disable(/blocked|identity/.test(n?.kind ?? ""));
    if (n?.kind === told?.kind && n?.until === told?.until) return;
    told = n;
    clearInterval(countdown);
    notice.hidden = !n;
    // The seconds are for the eye only: a status would read each of them aloud.
    const seconds = h("span", { "aria-hidden": "true" });
    notice.replaceChildren(n ? `${words[n.kind]} ` : "", seconds);
    const until = n?.until;
    if (!until) return;
    const tick = () => {
      seconds.textContent = `${Math.ceil((until - Date.now()) / 1000)} s`;
    };
    tick();
    countdown = window.setInterval(tick, 1000);
  }

  // ——— opening and closing

  function open(focus = true) {
    if (element.open) return;
    focusing = true;
    panel.show(() => (gate() ? (after.querySelector("input") ?? element).focus() : composer.focus()), !focus);
    emit("open");
    log.end();
    if (config.blocked) tell({ kind: "blocked" });
    else void conversation.run();
    conversation.see();
    surround();
  }

  function close() {
    if (!element.open) return;
    const inside = element.contains(launcher.root.activeElement);
    panel.hide();
    emit("close");
    if (inside) launcher.button.focus();
  }

  signal.addEventListener("abort", () => {
    conversation.close();
    panel.hide();
    alert?.silence();
    clearInterval(countdown);
  });
  conversation.restore();
  panel.attention(store.get("attention") ?? { state: "bot" });
  surround();

  return {
    open,
    close,
    toggle: () => (element.open ? close() : open()),
    send: (text) => say({ type: "text", text: `${text}` }),
    wake: () => void conversation.run(),
    restart() {
      conversation.restart();
      surround();
    },
  };
}

/** A moment of the next days: the weekday alone says which one, further on the date. */
function soon(when: Date, lang: string): string {
  const day = +when - Date.now() < 5e8 ? ({ weekday: "long" } as const) : ({ day: "numeric", month: "long" } as const);
  return new Intl.DateTimeFormat(lang, { ...day, hour: "numeric", minute: "2-digit" }).format(when);
}

import { h, icon, set } from "../dom";
import type { Item, View } from "../item";
import type { Site } from "../site";
import type { Pen } from "./content";
import { DOWN, TICKS } from "./icons";

export interface Log {
  element: HTMLElement;
  put: View["put"];
  drop(item: Item): void;
  /** A sentence between messages: somebody joined, the conversation ended. */
  line(text: string): void;
  /** Draws a message again, because something around it changed. */
  redraw(key: string | undefined): void;
  /** Shows the newest message. */
  end(): void;
}

export interface Actions {
  retry(item: Item): void;
  discard(item: Item): void;
  /** Draws how much of its file has left; false if none is leaving. */
  progress(item: Item, place: HTMLElement): boolean;
  more(): boolean;
  older(): Promise<void>;
}

interface Row {
  item: Item;
  element: HTMLElement;
  bubble: HTMLElement;
  time: HTMLElement;
  tick: HTMLElement;
  trouble: HTMLElement;
  drawn?: unknown;
}

const TOGETHER = 300_000; // ms between messages of one author that are drawn as one block
const NEAR = 80; // px from an edge that count as being there

/**
 * The list of messages. It follows the newest one while the visitor is at the end, and
 * asks for older ones when she reaches the top. before and after are drawn around it.
 */
export function openLog(site: Site, pen: Pen, actions: Actions, before: Node, ...after: Node[]): Log {
  const { words, config } = site;
  const rows = new Map<string, Row>();
  const log = h("div", { role: "log", "aria-live": "polite", "aria-relevant": "additions" });
  const past = h("div", { class: "event", role: "status" });
  const flow = h("div", { class: "flow" }, past, before, log, ...after);
  const scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.messages }, flow);
  let pinned = true;
  let last = 0; // where it was scrolled to
  let loading = false;

  const end = () => {
    down.hidden = pinned = true;
    scroll.scrollTop = scroll.scrollHeight;
  };
  const down = h("button", { class: "down", hidden: true, onclick: end }, words.newer, icon(DOWN));
  // Pictures arrive, the keyboard opens: whoever was at the end stays there.
  const watch = new ResizeObserver(() => pinned && end());
  watch.observe(flow);
  watch.observe(scroll);

  scroll.onscroll = () => {
    const { scrollTop } = scroll;
    // Only the visitor goes up; what grows below, before the watch has seen it, is no reason to stop following.
    if (scroll.scrollHeight - scrollTop - scroll.clientHeight < NEAR) down.hidden = pinned = true;
    else if (scrollTop < last) pinned = false;
    last = scrollTop;
    if (!pinned && scrollTop < NEAR) void reachBack();
  };

  async function reachBack() {
    if (loading || !actions.more()) return;
    loading = true;
    past.textContent = words.loading;
    // What was said long ago must not be read out as if it had just arrived.
    set(log, "aria-live", "off");
    const under = scroll.scrollHeight - scroll.scrollTop;
    past.textContent = await actions.older().then(
      () => "",
      () => words.notLoaded,
    );
    scroll.scrollTop = scroll.scrollHeight - under;
    setTimeout(() => set(log, "aria-live", "polite"), 500);
    loading = false;
  }

  function make(item: Item): Row {
    const mine = item.from === "contact";
    const row: Row = {
      item,
      bubble: h("div", { class: `bubble is-${item.content.type}` }),
      time: h("time"),
      tick: h("span", { role: "img" }),
      trouble: h("div", { class: "trouble" }),
      element: h("div", { class: `row ${item.from}` }),
    };
    row.element.append(
      item.from === "system"
        ? ""
        : h("div", { class: item.name && !mine ? "name" : "sr" }, mine ? words.you : item.name || words.bot),
      row.bubble,
      row.trouble,
      h("div", { class: "meta" }, row.time, mine ? row.tick : ""),
    );
    rows.set(item.key, row);
    return row;
  }

  function draw(row: Row) {
    const { bubble, item } = row;
    const controls = () => [...bubble.querySelectorAll<HTMLElement>("a, button")];
    const held = controls().indexOf((bubble.getRootNode() as ShadowRoot).activeElement as HTMLElement);
    row.drawn = item.content;
    bubble.replaceChildren(...(pen.body(item).filter(Boolean) as Node[]));
    controls()[held]?.focus(); // whoever chose by keyboard stays where she is
  }

  const link = (text: string, onclick: () => void) => h("button", { class: "link", onclick }, text);

  /** The state is an attribute, not a text: a log would read every change aloud. */
  function mark({ item, element, tick, trouble }: Row) {
    const { state = "delivered", lost, error = "" } = item;
    const leaving = actions.progress(item, trouble);
    const stage = leaving ? "uploading" : state;
    if (element.dataset.state === stage) return;
    element.dataset.state = stage;
    tick.replaceChildren(icon(TICKS[state]));
    set(tick, "aria-label", words[state]);
    if (leaving) return;
    trouble.replaceChildren();
    if (state === "failed") {
      trouble.append(
        `${words.failed}. ${lost ? words.lost : error} `,
        link(lost ? words.rechoose : words.retry, () => actions.retry(item)),
        link(words.discard, () => actions.discard(item)),
      );
    }
  }

  /** Messages of one author in a short time are one block, with one time below. */
  function relate(item: Item | undefined, prior: Item | undefined) {
    const row = item && rows.get(item.key);
    if (!row) return;
    const at = new Date(item.at);
    const joined = prior?.from === item.from && prior.name === item.name && +at - Date.parse(prior.at) < TOGETHER;
    row.element.classList.toggle("joined", joined);
    const today = at.toDateString() === new Date().toDateString();
    row.time.textContent = at.toLocaleString(config.lang, {
      dateStyle: today ? undefined : "medium",
      timeStyle: "short",
    });
  }

  return {
    element: h("div", { class: "view" }, scroll, down),
    put(item, prior, next, moved, fresh) {
      const row = rows.get(item.key) ?? make(item);
      if (row.drawn !== item.content) draw(row);
      mark(row);
      // A node already in place stays untouched: it would be read out again and lose its focus.
      if (moved) log.insertBefore(row.element, (next && rows.get(next.key)?.element) ?? null);
      relate(item, prior);
      relate(next, item);
      if (fresh) {
        if (pinned || item.from === "contact") end();
        else down.hidden = false;
      }
    },
    drop({ key }) {
      rows.get(key)?.element.remove();
      rows.delete(key);
    },
    line(text) {
      log.append(h("div", { class: "event" }, text));
    },
    redraw(key = "") {
      const row = rows.get(key);
      if (row) draw(row);
    },
    end,
  };
}

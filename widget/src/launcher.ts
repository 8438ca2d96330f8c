import { accent } from "./color";
import { adopt, h, icon, set } from "./dom";
import css from "./launcher.css?inline";
import type { Site } from "./site";
import { fill } from "./words";

export interface Launcher {
  /** Where the chat hangs its panel. */
  root: ShadowRoot;
  button: HTMLElement;
  badge(unread: number): void;
  expanded(open: boolean): void;
  /** A line of text above the button; pressing it does the action. */
  say(text: string, action?: () => void): void;
}

export const CROSS = "M6 6l12 12M18 6 6 18";
const BUBBLE = "M21 12a8 8 0 0 1-8 8H4l1.8-3.2A8 8 0 1 1 21 12z";

export function openLauncher({ config, words, signal }: Site, toggle: () => void, prefetch: () => void): Launcher {
  // Its own element name and its place outside body keep the page's rules for divs, its
  // transforms and a framework that replaces the body from reaching it.
  const host = document.createElement("recado-chat");
  const root = host.attachShadow({ mode: "open" });
  const { style } = host;
  const [color, on] = accent(config.color, config.text_color);
  style.setProperty("--accent", color);
  style.setProperty("--on", on);
  style.setProperty("--radius", `${config.radius ?? 12}px`);
  adopt(root, css);

  let unread = 0;
  let open = false;
  const count = h("span", { class: "count", "aria-hidden": "true" });
  const button = h(
    "button",
    { class: "launch", "aria-haspopup": "dialog", onclick: toggle, onpointerenter: prefetch },
    icon(BUBBLE),
    icon(CROSS),
    config.launcher && h("span", {}, config.launcher),
    count,
  );
  const line = h("button", { class: "line" });
  const hush = () => {
    teaser.hidden = true;
    if (unread === 1) launcher.badge(0);
  };
  const teaser = h(
    "div",
    { class: "teaser", role: "status", hidden: true, dir: config.rtl && "rtl" },
    line,
    h("button", { class: "icon", "aria-label": words.close, onclick: hush }, icon(CROSS)),
  );
  const dock = h("div", { class: "dock", lang: config.lang }, teaser, button);
  if (config.position === "left") set(host, "left", true);
  root.append(dock);

  const name = () => {
    const text = open ? words.close : config.launcher || words.open;
    set(button, "aria-label", unread && !open ? `${text}. ${fill(words.unread, unread)}` : text);
    set(button, "aria-expanded", `${open}`);
    set(dock, "open", open);
  };
  const launcher: Launcher = {
    root,
    button,
    badge(n) {
      unread = n;
      count.textContent = n > 99 ? "99+" : n ? `${n}` : "";
      name();
    },
    expanded(next) {
      open = next;
      if (open) teaser.hidden = true;
      name();
    },
    say(text, action = hush) {
      line.textContent = text;
      line.onclick = action;
      teaser.hidden = false;
    },
  };
  name();

  const page = document.documentElement;
  const attach = () => host.isConnected || page.append(host);
  attach();
  // A framework that renders the whole document may drop what it does not know.
  const guard = new MutationObserver(attach);
  guard.observe(page, { childList: true });
  signal.addEventListener("abort", () => {
    guard.disconnect();
    host.remove();
  });
  return launcher;
}

import { readable } from "../color";
import { adopt, type Child, h, icon, safe, set } from "../dom";
import { CROSS, type Launcher } from "../launcher";
import type { Site } from "../site";
import type { Attention } from "../wire";
import css from "./chat.css?inline";
import { BELL, SILENT } from "./icons";

export interface Panel {
  element: HTMLDialogElement;
  /** Shows the panel; quiet leaves the focus where it is. */
  show(focus: () => void, quiet: boolean): void;
  hide(): void;
  muted(): boolean;
  /** Who is on the other side. */
  attention(now: Attention): void;
}

/** The frame around the conversation: a dialog, modal where it fills the screen. */
export function openPanel(
  { config, words, base, store, signal }: Site,
  launcher: Launcher,
  close: () => void,
  drop: (files: Iterable<File>) => void,
  ...content: Child[]
): Panel {
  adopt(launcher.root, css);
  adopt(launcher.root, config.custom_css ?? "");

  const title = h("b", { id: "title" });
  const subtitle = h("div", { class: "muted" });
  const face = h("div", { class: "face", "aria-hidden": "true" });
  let muted = !!store.get("muted");
  const bell = h("button", { class: "icon", onclick: () => hush(!muted) });
  const hush = (next: boolean) => {
    muted = next;
    store.set("muted", muted || undefined);
    bell.replaceChildren(icon(muted ? SILENT : BELL));
    set(bell, "aria-label", muted ? words.unmute : words.mute);
  };
  hush(muted);
  const veil = h("div", { class: "drop", hidden: true }, words.drop);
  const element = h(
    "dialog",
    { class: "panel", "aria-labelledby": "title", lang: config.lang, dir: config.rtl ? "rtl" : "ltr" },
    h(
      "header",
      { role: "none" }, // the banner is the page's own
      face,
      h("div", { class: "who" }, title, subtitle),
      config.sound !== false && bell,
      h("button", { class: "icon", "aria-label": words.close, onclick: close }, icon(CROSS)),
    ),
    ...content,
    veil,
  );
  launcher.root.append(element);

  const night = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const dark = config.theme === "dark" || (config.theme !== "light" && night.matches);
    element.classList.toggle("dark", dark);
    element.style.setProperty("--link", readable(config.color, dark));
  };
  paint();
  night.addEventListener("change", paint, { signal });

  // On a phone the browser's own modality keeps the focus inside and the page behind inert.
  const phone = matchMedia("(max-width: 480px)");
  const page = document.documentElement.style;
  let overflow: string | undefined;
  function present() {
    if (phone.matches) {
      overflow = page.overflow;
      page.overflow = "hidden";
      element.showModal();
    } else set(element, "open", true); // show() would take the focus from the page
  }
  function hide() {
    element.close();
    if (overflow !== undefined) page.overflow = overflow;
    overflow = undefined;
    launcher.expanded(false);
  }
  const turned = () => {
    if (!element.open) return;
    const focused = launcher.root.activeElement as HTMLElement | null;
    hide();
    present();
    launcher.expanded(true);
    focused?.focus();
  };
  phone.addEventListener("change", turned, { signal });
  // A browser may close it without asking.
  element.onclose = () => element.open || hide();
  // Escape, and the back gesture of phones.
  element.oncancel = (e) => {
    e.preventDefault();
    close();
  };
  // The page's own shortcuts are not for what is written here.
  element.onkeyup = element.onkeypress = (e) => e.stopPropagation();
  element.onkeydown = (e) => {
    e.stopPropagation();
    if (e.key === "Escape" && !e.isComposing) element.oncancel?.(e);
  };

  // A phone's keyboard shrinks what is visible, not the page.
  const viewport = window.visualViewport;
  const shrink = () => {
    element.style.setProperty("--height", `${viewport?.height}px`);
    element.style.setProperty("--top", `${viewport?.offsetTop}px`);
  };
  for (const change of ["resize", "scroll"]) viewport?.addEventListener(change, shrink, { signal });

  const drag = (e: DragEvent) => {
    if (!e.dataTransfer?.types.includes("Files")) return;
    e.preventDefault();
    veil.hidden = e.type !== "dragover";
    drop(e.type === "drop" ? e.dataTransfer.files : []);
  };
  element.ondragover = element.ondragleave = element.ondrop = drag;

  return {
    element,
    muted: () => muted,
    show(focus, quiet) {
      shrink();
      present();
      launcher.expanded(true);
      if (!quiet || phone.matches) focus();
    },
    hide,
    attention({ state, agent }) {
      // "We answer in minutes" is not true of a closed shop, unless its bot does.
      const attended = config.open !== false || (config.bot && state !== "waiting");
      const person = state === "human" && agent;
      const name = (person && agent.name) || config.title || config.name || words.messages;
      const src = safe(person ? agent.avatar_url : config.avatar_url, base);
      title.textContent = name;
      subtitle.textContent =
        (person ? config.name : attended && (state === "waiting" ? words.waiting : config.subtitle)) || "";
      face.replaceChildren(src ? h("img", { src, alt: "" }) : name.slice(0, 1).toUpperCase());
    },
  };
}

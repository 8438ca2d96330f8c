import { h, icon, set } from "../dom";
import type { Extras } from "../extras";
import type { Files } from "../extras/files";
import type { Site } from "../site";
import type { Content } from "../wire";
import { fill } from "../words";
import { CLIP, SEND } from "./icons";

export interface Composer {
  element: HTMLElement;
  focus(): void;
  disable(off: boolean): void;
  /** The files that wait beside the text; undefined if their code cannot be fetched. */
  files(): Promise<Files | undefined>;
}

/** Where the visitor writes. */
export function openComposer(
  site: Site,
  more: () => Promise<Extras | undefined>,
  typing: () => void,
  send: (content: Content) => void,
): Composer {
  const { words, config } = site;
  const most = config.limits?.text ?? 4096;
  let held: Files | undefined;

  const input = h("textarea", {
    rows: "1",
    dir: "auto",
    enterkeyhint: "send",
    placeholder: words.write,
    "aria-label": words.write,
  });
  const chips = h("ul");
  const complaint = h("div", { class: "complaint", role: "alert" });
  const clip = h(
    "button",
    { class: "icon", "aria-label": words.attach, onpointerenter: more, onclick: () => files().then((f) => f?.pick()) },
    icon(CLIP),
  );
  const go = h("button", { type: "submit", class: "icon go", "aria-label": words.send }, icon(SEND));
  const bar = h("div", { class: "bar" }, clip, input, go);
  const element = h("form", { class: "composer", onsubmit: submit }, complaint, chips, bar);
  const complain = (text: string) => {
    complaint.textContent = text;
  };

  input.oninput = () => {
    grow();
    const length = [...input.value].length; // characters, as the server counts them
    complain(length > most ? fill(words.tooLong, length, most) : "");
    if (length) typing();
  };
  input.onkeydown = (e) => {
    // Enter that ends a composition (Chinese, Japanese) writes; it does not send.
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) submit(e);
  };
  input.onpaste = (e) => {
    const pasted = [...(e.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    e.preventDefault();
    files().then((f) => f?.add(pasted));
  };

  async function files() {
    const there = await more();
    if (!there) complain(navigator.onLine ? words.unloaded : words.offline);
    else
      held ??= there.files(chips, complain, () => {
        grow();
        input.focus();
      });
    return held;
  }

  function grow() {
    input.style.height = "auto";
    if (input.scrollHeight) input.style.height = `${input.scrollHeight + 2}px`;
    set(go, "aria-disabled", !input.value.trim() && !held?.count() && "true");
  }

  function submit(e: Event) {
    e.preventDefault();
    const text = input.value.trim();
    if ((!text && !held?.count()) || [...text].length > most) return;
    if (held?.count()) held.send(text);
    else send({ type: "text", text });
    input.value = "";
    complain("");
    grow();
    input.focus();
  }

  return {
    element,
    focus() {
      grow();
      input.focus();
    },
    disable(off) {
      input.disabled = clip.disabled = go.disabled = off;
    },
    files,
  };
}

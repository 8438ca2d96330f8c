// A phone: one account's people, the screen of the one chosen, and what they write with.

import { draw, snippet } from "./bubble.js";
import { button, get, h, post, t } from "./dom.js";
import { Trouble } from "./trouble.js";

const samples = { dress: "image", coat: "image", voice: "voice", catalogue: "document", place: "location", card: "contact" };

export class Phone {
  /** chosen is called when another person is. */
  constructor(info, chosen) {
    this.chosen = chosen;
    this.drawn = new Map(); // bubbles on the screen, by id: what they were drawn from, and the element
    this.bubbles = [];
    this.opened = ""; // id of the bubble whose options are shown
    this.aim = null; // { act: "quote" or "edit", bubble } for what is being written
    this.kind = info.kind;
    this.ref = info.ref;
    this.id = `phone-${info.kind}-${info.ref}`;
    this.#build(info);
    this.update(info);
  }

  /** What the stream names this phone's screen by. */
  get screen() {
    return [this.kind, this.ref, this.person];
  }

  get person() {
    return this.people.value;
  }

  get who() {
    return this.info.people.find((p) => p.id === this.person)?.name ?? "";
  }

  #build(info) {
    const title = `${this.id}-title`;
    const trouble = `${this.id}-trouble`;
    this.people = h("select", { "aria-label": t("phone.person"), onchange: () => this.#switch() });
    this.title = h("h2", { id: title });
    this.trouble = new Trouble(info, trouble, (fields) => this.act(fields));
    this.toggle = button(t("phone.trouble"), () => this.trouble.toggle(this.toggle), { "aria-expanded": "false", "aria-controls": trouble });
    this.list = h("ol", { class: "bubbles" });
    this.hint = h("p", { class: "hint" });
    this.typing = h("p", { class: "typing", hidden: true }, t("phone.typing"));
    this.log = h("div", { class: "screen", role: "log", tabindex: "0" }, this.hint, this.list, this.typing);
    this.#stayAtEnd();
    this.element = h(
      "section",
      { class: `phone look-${info.look}`, id: this.id, "aria-labelledby": title },
      h("div", { class: "top" }, h("div", { class: "account" }, this.title, h("p", {}, `${t(`kind.${info.kind}`)} · ${t("phone.simulated")}`)), this.toggle),
      this.trouble.element,
      h(
        "div",
        { class: "who" },
        this.people,
        button(t("phone.new"), () => this.#meet()),
        info.acts.includes("read") && button(t("phone.read"), () => this.act({ act: "read" })),
      ),
      this.log,
      this.#composer(info),
    );
  }

  #composer(info) {
    this.banner = h("div", { class: "banner", hidden: true });
    this.input = h("textarea", { rows: "1", maxlength: "4096", "aria-label": t("phone.message"), placeholder: t("phone.message"), onkeydown: (e) => this.#key(e) });
    this.file = h("input", { type: "file", hidden: true, onchange: () => this.#upload() });
    const offered = Object.entries(samples).filter(([, act]) => info.acts.includes(act));
    const shelf = h(
      "div",
      { class: "shelf", hidden: true, id: `${this.id}-shelf` },
      offered.map(([name, act]) => button(t(`sample.${name}`), () => this.#attach(act, { sample: name }))),
      button(t("phone.file"), () => this.file.click()),
    );
    this.shelf = shelf;
    this.plus = button("+", () => this.#open(shelf.hidden), { class: "plus", "aria-label": t("phone.attach"), "aria-expanded": "false", "aria-controls": shelf.id });
    const form = h(
      "form",
      { class: "composer", onsubmit: (e) => this.#send(e) },
      this.banner,
      offered.length > 0 && shelf,
      h("div", { class: "line" }, offered.length > 0 && this.plus, this.input, h("button", { class: "send" }, t("phone.send"))),
    );
    form.append(this.file);
    return form;
  }

  /** Takes what the server says of the account. */
  update(info) {
    this.info = info;
    this.title.textContent = info.name;
    this.trouble.update(info);
    const known = [...this.people.options].map((o) => o.value);
    const before = this.person;
    for (const p of info.people) {
      if (!known.includes(p.id)) this.people.append(h("option", { value: p.id }, p.phone ? `${p.name} · ${p.phone}` : p.name));
    }
    for (const gone of known.filter((id) => !info.people.some((p) => p.id === id))) {
      this.people.querySelector(`option[value="${CSS.escape(gone)}"]`).remove();
    }
    if (this.person !== before) this.#switch();
  }

  /** Draws a screen; bubbles that did not change stay as they are, with what is playing and has the focus. */
  show(screen) {
    if (screen.person !== this.person) return;
    this.bubbles = screen.bubbles;
    this.typing.hidden = !screen.typing;
    this.hint.hidden = screen.bubbles.length > 0;
    this.#draw();
  }

  #draw() {
    const byID = new Map(this.bubbles.map((b) => [b.id, b]));
    const seen = new Map();
    let place = this.list.firstElementChild;
    this.bubbles.forEach((b, i) => {
      const key = seen.has(b.id) ? `${b.id}#${i}` : b.id;
      const quoted = byID.get(b.quote);
      const open = this.opened === b.id;
      const from = JSON.stringify([b, open, quoted && [quoted.text, quoted.deleted]]);
      let { element, was } = this.drawn.get(key) ?? {};
      if (was !== from) {
        const next = draw(b, { phone: this.info, quoted, open, act: (f) => this.act(f), reply: (x) => this.#aim("quote", x), edit: (x) => this.#aim("edit", x), options: (x) => this.#options(x) });
        if (element) {
          if (element === place) place = next;
          replace(element, next);
        }
        element = next;
      }
      seen.set(key, { element, was: from });
      if (element === place) place = place.nextElementSibling;
      else this.list.insertBefore(element, place);
    });
    for (const [key, { element }] of this.drawn) if (!seen.has(key)) element.remove();
    this.drawn = seen;
  }

  /** Whoever reads at the end stays there when messages come, pictures load or the phone changes its size. */
  #stayAtEnd() {
    this.atEnd = true;
    this.log.addEventListener("scroll", () => {
      this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    });
    const sizes = new ResizeObserver(() => this.atEnd && this.#toEnd());
    sizes.observe(this.log);
    sizes.observe(this.list);
  }

  #toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  async #switch() {
    this.bubbles = [];
    this.opened = "";
    this.atEnd = true;
    this.#aim(null);
    this.#draw();
    this.log.setAttribute("aria-label", t("phone.chat", { person: this.who, name: this.info.name }));
    this.hint.textContent = t("phone.empty", { person: this.who });
    this.hint.hidden = false;
    this.chosen();
    const screen = await get(...this.screen, "thread");
    if (screen) this.show(screen);
  }

  async #meet() {
    const person = await post([this.kind, this.ref, "people"]);
    if (!person) return;
    this.update({ ...this.info, people: [...this.info.people.filter((p) => p.id !== person.id), person] });
    this.people.value = person.id;
    this.#switch();
    this.input.focus();
  }

  /** Does something as the person chosen; whether it worked. */
  async act(fields) {
    const screen = await post([...this.screen, "act"], fields);
    if (!screen) return false;
    this.opened = "";
    this.show(screen);
    this.#toEnd();
    return true;
  }

  #options(b) {
    this.opened = this.opened === b.id ? "" : b.id;
    this.#draw();
    const drawn = this.drawn.get(b.id)?.element;
    drawn?.querySelector(".more")?.focus();
    drawn?.querySelector(".options")?.scrollIntoView({ block: "nearest" });
  }

  /** What is written next replies to a bubble, or edits it; null for neither. */
  #aim(act, b) {
    this.aim = act && { act, bubble: b };
    this.banner.hidden = !act;
    this.opened = "";
    if (!act) return;
    const says = t(act === "edit" ? "phone.editing" : "phone.replying", { text: snippet(b) });
    this.banner.replaceChildren(h("span", {}, says), button(t("phone.cancel"), () => { this.#aim(null); this.input.focus(); }));
    if (act === "edit") this.input.value = b.text;
    this.#draw();
    this.input.focus();
  }

  #key(e) {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      this.input.form.requestSubmit();
    } else if (e.key === "Escape" && this.aim) {
      this.#aim(null);
    }
  }

  async #send(e) {
    e.preventDefault();
    const text = this.input.value;
    if (!text.trim()) return;
    const aim = this.aim;
    const fields = aim?.act === "edit" ? { act: "edit", target: aim.bubble.id, text } : { act: "text", text, quote: aim?.bubble.id ?? "" };
    this.input.value = "";
    if (await this.act(fields)) this.#aim(null);
    else this.input.value ||= text;
  }

  #open(shown) {
    this.shelf.hidden = !shown;
    this.plus.setAttribute("aria-expanded", String(shown));
  }

  /** Sends a file or another sample; what is written goes with it where files have captions. */
  async #attach(act, fields) {
    this.#open(false);
    this.plus.focus();
    const quote = this.aim?.act === "quote" ? this.aim.bubble.id : "";
    const captioned = !this.info.plain && this.aim?.act !== "edit" && ["image", "video", "document"].includes(act);
    const text = captioned ? this.input.value : "";
    if (!(await this.act({ ...fields, quote, text }))) return;
    if (captioned) this.input.value = "";
    this.#aim(null);
  }

  /** A file goes as what its type says, if the platform has that. */
  #upload() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    const family = file.type.split("/")[0];
    const act = ["image", "audio", "video"].includes(family) && this.info.acts.includes(family) ? family : "document";
    this.#attach(act, { act, file });
  }
}

/** Puts an element in another's place and keeps the focus where it was, by position among what can have it; else near. */
function replace(old, next) {
  const can = "button, a, summary, audio, video";
  const at = [...old.querySelectorAll(can)].indexOf(document.activeElement);
  const wasOpen = old.querySelector("details")?.open;
  old.replaceWith(next);
  if (wasOpen) next.querySelector("details")?.setAttribute("open", "");
  if (at >= 0) (next.querySelectorAll(can)[at] ?? next.querySelector(".more") ?? next.closest(".screen")).focus();
}

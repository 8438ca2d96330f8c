// The panel of troubles of one phone's platform.

import { button, h, post, say, t } from "./dom.js";

const faults = ["429", "5xx", "5xx_after", "hang", "half_body", "slow", "unplugged", "rejected", "opted_out", "window", "revoked"];

export class Trouble {
  /** act does something as the customer chosen. */
  constructor(info, id, act) {
    this.at = [info.kind, info.ref, "trouble"];
    this.switches = {};
    const fault = h("select", { "aria-label": t("trouble.next") }, faults.map((f) => h("option", { value: f }, t(`fault.${f}`))));
    const times = h("select", { "aria-label": t("trouble.times") }, [1, 2, 3, 5, 10].map((n) => h("option", { value: n }, String(n))));
    const fail = async () => {
      if (await post(this.at, { do: "fault", fault: fault.value, times: times.value })) {
        say(t("trouble.set", { fault: t(`fault.${fault.value}`), times: times.value }));
      }
    };
    this.element = h(
      "div",
      { class: "trouble", id, hidden: true },
      h("h3", {}, t("trouble.title")),
      h("p", {}, t("trouble.note")),
      h("div", { class: "row" }, fault, times, button(t("trouble.fail"), fail)),
      info.hooks ? [this.#lasting("duplicate"), this.#lasting("reorder")] : this.#session(),
      button(t("trouble.opaque"), () => act({ act: "opaque" })),
      info.acts.includes("own") && ownForm(act),
    );
  }

  #session() {
    const once = (what, done) => button(t(`trouble.${what}`), async () => { if (await post(this.at, { do: what })) say(t(done)); });
    return [once("drop", "trouble.dropped"), once("logout", "trouble.loggedout"), this.#lasting("ban"), this.#lasting("outdated")];
  }

  /** A trouble that lasts until it is switched off. */
  #lasting(what) {
    const box = h("input", { type: "checkbox", onchange: async () => { if (!(await post(this.at, { do: what, on: box.checked }))) box.checked = !box.checked; } });
    this.switches[what] = box;
    return h("label", {}, box, ` ${t(`trouble.${what}`)}`);
  }

  update(info) {
    for (const [what, box] of Object.entries(this.switches)) box.checked = !!info.mood[what];
  }

  toggle(by) {
    this.element.hidden = !this.element.hidden;
    by.setAttribute("aria-expanded", String(!this.element.hidden));
  }
}

function ownForm(act) {
  const text = h("input", { type: "text", maxlength: "1000", required: true });
  const send = async (e) => {
    e.preventDefault();
    if (await act({ act: "own", text: text.value })) text.value = "";
  };
  return h("form", { class: "own", onsubmit: send }, h("label", {}, t("trouble.own"), text), h("button", {}, t("trouble.ownSend")));
}

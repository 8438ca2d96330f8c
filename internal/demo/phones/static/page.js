// The page: a phone for each account, the shop's own phone that scans QR codes, and the stream
// that keeps them up to date.

import { button, h, post, say, stream, t } from "./dom.js";
import { Phone } from "./phone.js";

const main = document.getElementById("phones");
const tabs = document.getElementById("tabs");
const phones = new Map(); // by id of their element
let scanner = null;
let events = null;
let waiting = 0;

/** One phone at a time on a narrow window: the one in the address, else the first. */
function choose() {
  const all = [...main.querySelectorAll(".phone")];
  const wanted = decodeURIComponent(location.hash.slice(1));
  const current = all.find((p) => p.id === wanted) ?? all[0];
  for (const phone of all) phone.classList.toggle("current", phone === current);
  for (const tab of tabs.querySelectorAll("a")) {
    tab.removeAttribute("aria-current");
    if (tab.dataset.phone !== current?.id) continue;
    tab.setAttribute("aria-current", "true");
    tab.parentElement.parentElement.scrollLeft = tab.offsetLeft - 24;
  }
}

function show(state) {
  const wanted = new Map(state.phones.map((info) => [`phone-${info.kind}-${info.ref}`, info]));
  for (const [id, phone] of phones) {
    if (wanted.has(id)) continue;
    phone.element.remove();
    phones.delete(id);
  }
  for (const [id, info] of wanted) {
    if (phones.has(id)) phones.get(id).update(info);
    else phones.set(id, new Phone(info, listen));
  }
  if (state.scan) {
    scanner ??= shopPhone();
    scanner.update(state.codes);
  }
  arrange([...[...wanted.keys()].map((id) => phones.get(id).element), scanner?.element].filter(Boolean));
  listen();
}

/** Puts the phones in their order and names them above, if that changed. */
function arrange(elements) {
  const empty = elements.length === 0 ? [h("p", { class: "empty" }, t("page.empty"))] : [];
  const before = [...main.children];
  if (empty.length || before.length !== elements.length || elements.some((e, i) => e !== before[i])) main.replaceChildren(...elements, ...empty);
  const names = elements.map((e) => [e.id, e.querySelector("h2").textContent]);
  if (tabs.dataset.names === JSON.stringify(names)) return;
  tabs.dataset.names = JSON.stringify(names);
  tabs.replaceChildren(...names.map(([id, name]) => h("li", {}, h("a", { href: `#${encodeURIComponent(id)}`, "data-phone": id }, name))));
  choose();
}

/** Where the owner scans the codes that link a number. */
function shopPhone() {
  const number = h("input", { type: "tel", value: "+34 600 000 001", autocomplete: "off" });
  const code = h("textarea", { rows: "3", spellcheck: "false" });
  const pending = h("div", { class: "choices" });
  const link = async (text) => {
    if (await post(["scan"], { code: text, phone: number.value })) {
      code.value = "";
      say(t("scan.done"));
    }
  };
  const submit = (e) => {
    e.preventDefault();
    link(code.value);
  };
  const element = h(
    "section",
    { class: "phone look-whatsapp scanner", id: "phone-scan", "aria-labelledby": "phone-scan-title" },
    h("div", { class: "top" }, h("div", { class: "account" }, h("h2", { id: "phone-scan-title" }, t("scan.title")), h("p", {}, t("phone.simulated")))),
    h(
      "form",
      { class: "scan", onsubmit: submit },
      h("p", {}, t("scan.note")),
      h("label", {}, t("scan.phone"), number),
      h("h3", {}, t("scan.pending")),
      pending,
      h("label", {}, t("scan.code"), code),
      h("button", { class: "send" }, t("scan.do")),
    ),
  );
  let shown = null;
  const update = (codes) => {
    if (shown === JSON.stringify(codes)) return;
    shown = JSON.stringify(codes);
    const each = (text) => button(t("scan.this", { end: text.slice(-6) }), () => link(text), { class: "choice" });
    pending.replaceChildren(...(codes.length ? codes.map(each) : [h("p", {}, t("scan.none"))]));
  };
  return { element, update };
}

/** Opens the stream anew if other screens are to be watched. */
function listen() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const screens = [...phones.values()].map((p) => p.screen);
    const watched = JSON.stringify(screens);
    if (events && events.readyState !== EventSource.CLOSED && events.watched === watched) return;
    events?.close();
    events = stream(screens);
    events.watched = watched;
    events.addEventListener("state", (e) => show(JSON.parse(e.data)));
    events.addEventListener("thread", (e) => {
      const screen = JSON.parse(e.data);
      phones.get(`phone-${screen.kind}-${screen.ref}`)?.show(screen);
    });
    events.addEventListener("error", (e) => {
      if (e.target !== events) return;
      say(t("page.lost"));
      if (events.readyState === EventSource.CLOSED) waiting = setTimeout(listen, 2000); // the browser has given up
    });
  }, 100);
}

addEventListener("hashchange", choose);
listen();

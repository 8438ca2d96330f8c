// What the other files share: making elements, words, and calls to the server.

const words = JSON.parse(document.body.dataset.words);

/** The sentence of a key in the page's language, its {places} filled. */
export function t(key, fill = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => fill[name] ?? "");
}

/** Makes an element. Properties are attributes, "on…" listeners; false, null and undefined leave one out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** A button that does not send a form. */
export const button = (label, onclick, properties = {}) => h("button", { type: "button", onclick, ...properties }, label);

let hide;

/** Says something for some seconds; screen readers hear it. */
export function say(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  clearTimeout(hide);
  hide = setTimeout(() => {
    toast.textContent = "";
  }, 6000);
}

const api = "/demo/phones/api/";
const path = (parts) => api + parts.map(encodeURIComponent).join("/");

/** The stream of a page that watches these screens, each [kind, ref, person]. */
export const stream = (screens) =>
  new EventSource(`${api}live?${new URLSearchParams(screens.map((s) => ["watch", s.join("/")]))}`);

/** Reads something; null when that failed, which has been said then. */
export const get = (...parts) => call(path(parts), {});

/** Sends a form's fields and gives the answer, true if it has no body; null when that failed, which has been said then. */
export function post(parts, fields = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return call(path(parts), { method: "POST", body });
}

async function call(url, options) {
  try {
    const answer = await fetch(url, options);
    if (answer.status === 204) return true;
    const body = await answer.json();
    if (answer.ok) return body;
    say(t(`error.${body.error}`, body));
  } catch {
    say(t("error.failed"));
  }
  return null;
}

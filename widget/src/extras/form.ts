import type { Problem } from "../api";
import { h, set } from "../dom";
import type { FullSite } from "../extras";
import type { Pen } from "../view/content";
import type { Field } from "../wire";

export type Answers = Record<string, string>;

/** The sentence that says what is wrong with an answer, or nothing. */
export function fault(
  field: Field,
  value: string,
  words: Pick<FullSite["words"], "required" | "badEmail" | "badPhone">,
): string {
  if (!value) return field.required ? words.required : "";
  if (field.type === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return words.badEmail;
  if (field.type === "tel" && value.replace(/\D/g, "").length < 7) return words.badPhone;
  return "";
}

/**
 * A short form in the conversation: what the shop asks before a chat, and (leaving) an
 * address for the answer when it is closed. first: nothing has been said yet; later it may
 * be declined. send may throw a Problem: one with a field is shown beside it, any other
 * below the form.
 */
export function openForm(
  site: FullSite,
  pen: Pen,
  first: boolean,
  leaving: boolean,
  send: (answers: Answers) => Promise<void>,
  decline: () => void,
) {
  const { words, config } = site;
  let fields: Field[] = (first && config.prechat) || [];
  if (leaving) {
    fields = fields.filter(({ key }) => key !== "email");
    fields.push({ key: "email", label: words.email, type: "email", required: true });
    if (first) fields.push({ key: "_text", label: words.message, type: "textarea", required: true });
  }
  const action = !first ? words.keep : leaving ? words.leave : words.start;
  const lines = fields.map((field, i) => line(field, `f${i}`, words));
  const trouble = h("div", { class: "complaint", role: "alert" });
  const button = h("button", { type: "submit", class: "main" }, action);

  async function submit(e: Event) {
    e.preventDefault();
    trouble.textContent = "";
    const wrong = lines.filter((l) => l.complain(fault(l.field, l.value(), words)))[0];
    if (wrong || button.disabled) return wrong?.input.focus();
    button.disabled = true;
    try {
      await send(Object.fromEntries(lines.map((l) => [l.field.key, l.value()]).filter(([, value]) => value)));
    } catch (e) {
      const { field, message } = e as Problem;
      const line = lines.find((l) => field?.split(".").pop() === l.field.key);
      line?.complain(message);
      if (!line) trouble.textContent = message || (navigator.onLine ? words.unavailable : words.offline);
    }
    button.disabled = false;
  }
  return h(
    "form",
    { class: "form", novalidate: true, onsubmit: submit },
    !first && h("b", {}, words.reach),
    ...lines.map((l) => l.element),
    config.consent_text && h("div", { class: "muted consent" }, pen.paragraph(config.consent_text)),
    trouble,
    button,
    !first && h("button", { class: "link", onclick: decline }, words.decline),
  );
}

function line(field: Field, id: string, words: FullSite["words"]) {
  const { key, type, required, label } = field;
  const input = control(field, {
    id,
    autocomplete: { name: "name", email: "email", phone: "tel" }[key],
    "aria-required": required && "true",
    "aria-describedby": `${id}e`,
  });
  const error = h("div", { class: "complaint", id: `${id}e` });
  const box = type === "checkbox";
  const name = h("label", { for: id }, label, !required && !box && ` (${words.optional})`);
  const value = () => (box ? ((input as HTMLInputElement).checked ? "true" : "") : input.value.trim());
  const complain = (text: string) => {
    error.textContent = text;
    set(input, "aria-invalid", !!text && "true");
    return text;
  };
  input.oninput = () => error.textContent && complain(fault(field, value(), words));
  return {
    field,
    input,
    value,
    complain,
    element: h("div", { class: box ? "tick" : "" }, ...(box ? [input, name] : [name, input]), error),
  };
}

function control({ type, options = [] }: Field, props: Record<string, string | false | undefined>) {
  if (type === "textarea") return h(type, { ...props, rows: "3", dir: "auto" });
  if (type === "select") return h(type, props, h("option"), ...options.map((o) => h("option", {}, o)));
  return h("input", { ...props, type, dir: "auto" });
}

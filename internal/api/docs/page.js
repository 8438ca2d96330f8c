// Lays out /api/openapi.json. Everything is made with DOM calls, so that text of the document
// is never read as HTML.

/** An element; strings among the children become text, empty ones are left out. */
function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs)) if (v !== undefined) node.setAttribute(k, v);
  node.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== ""));
  return node;
}

/** Paragraphs with **bold** and `code`: all the Markdown our descriptions use. */
function prose(text) {
  return text.split(/\n\n+/).map((p) =>
    el("p", {}, p.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
      if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
      if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
      return part;
    })));
}

let schemas = {}; // of the document, by name

const refName = (schema) => schema?.$ref?.split("/").pop();
const link = (name) => el("a", { href: `#schema-${name}` }, name);

/** A short name of a schema's type, with links to named schemas. */
function typeOf(schema) {
  if (!schema) return ["anything"];
  if (schema.$ref) return [link(refName(schema))];
  const types = [schema.type ?? "anything"].flat();
  if (types.includes("array")) return ["list of ", ...typeOf(schema.items)];
  if (types.includes("object") && typeof schema.additionalProperties === "object")
    return ["object of ", ...typeOf(schema.additionalProperties)];
  if (schema.enum) return [schema.enum.map((v) => JSON.stringify(v)).join(" | ")];
  return [types.join(" or ") + (schema.format && !/^(int|double|float)/.test(schema.format) ? ` (${schema.format})` : "")];
}

/** What a schema bounds, in words. */
function bounds(s) {
  const out = [];
  if (s.minLength || s.maxLength) out.push(`${s.minLength ?? 0} to ${s.maxLength ?? "any number of"} characters`);
  if (s.minItems || s.maxItems) out.push(`${s.minItems ?? 0} to ${s.maxItems ?? "any number of"} items`);
  if (s.minimum !== undefined || s.maximum !== undefined) out.push(`${s.minimum ?? "…"} to ${s.maximum ?? "…"}`);
  if (s.pattern) out.push(`like ${s.pattern}`);
  if (s.default !== undefined) out.push(`default ${JSON.stringify(s.default)}`);
  if (s.examples?.length) out.push(`for example ${s.examples.join(", ")}`);
  return out.join("; ");
}

/** The fields of an object schema; unnamed objects inside are unfolded. */
function fields(schema) {
  const inner = schema?.type === "array" ? schema.items : schema;
  if (!inner?.properties) return undefined;
  const must = new Set(inner.required ?? []);
  return el("ul", { class: "fields" }, Object.entries(inner.properties).map(([name, s]) =>
    el("li", {},
      el("code", {}, name), " ", el("span", { class: "type" }, typeOf(s)), " ",
      must.has(name) ? el("span", { class: "must" }, "required") : "", " ",
      el("span", { class: "note" }, [s.description, bounds(s)].filter(Boolean).join(". ")),
      fields(s))));
}

/** A heading with what a body contains. */
function body(title, content, note) {
  const [mime, media] = Object.entries(content ?? {})[0] ?? [];
  return [
    el("h3", {}, title),
    note ? el("p", { class: "note" }, note) : "",
    mime ? el("p", {}, el("code", {}, mime), " ", el("span", { class: "type" }, typeOf(media.schema))) : el("p", { class: "note" }, "Nothing."),
    fields(schemas[refName(media?.schema)] ?? media?.schema),
  ];
}

function parameters(op) {
  if (!op.parameters?.length) return [];
  return [el("h3", {}, "Parameters"), el("div", { class: "scroll" }, el("table", {},
    el("tr", {}, ["Name", "In", "Type", ""].map((h) => el("th", { scope: "col" }, h))),
    op.parameters.map((p) => el("tr", {},
      el("td", {}, el("code", {}, p.name), " ", p.required ? el("span", { class: "must" }, "required") : ""),
      el("td", {}, p.in), el("td", { class: "type" }, typeOf(p.schema)),
      el("td", { class: "note" }, [p.description, bounds(p.schema ?? {})].filter(Boolean).join(". "))))))];
}

function responses(op) {
  const all = Object.entries(op.responses);
  const good = all.filter(([status]) => status < 400);
  const bad = all.filter(([status]) => !(status < 400)).map(([status, r]) => `${status} ${r.description}`);
  return [
    good.flatMap(([status, r]) => body(`Answers ${status}`, r.content)),
    el("h3", {}, "Refusals"), el("p", { class: "note" }, bad.join(", "), ". Each is a ", link("Problem"), "."),
  ];
}

/** Something that folds, can be linked to, and is found by its words. */
function entry(id, words, summary, ...inside) {
  return el("details", { class: "entry", id, "data-words": words.join(" ").toLowerCase() },
    el("summary", {}, summary), el("div", { class: "inside" }, inside));
}

function operation(method, path, op) {
  const needs = op["x-permission"];
  return entry(`op-${op.operationId}`, [method, path, op.operationId, op.summary, op.description ?? "", needs, ...op.tags], [
    el("span", { class: `method ${method}` }, method), el("span", { class: "path" }, path),
    el("span", { class: "what" }, op.summary), el("span", { class: "needs", title: "Permission needed" }, needs),
  ], op.description ? prose(op.description) : [], parameters(op),
    op.requestBody ? body("Takes", op.requestBody.content) : [], responses(op));
}

/** A part of the page and its piece of the contents. */
function part(title, items) {
  const id = `part-${title.replace(/\W+/g, "-").toLowerCase()}`;
  document.getElementById("top").append(el("section", { "aria-labelledby": id }, el("h2", { id }, title), items.map((i) => i.node)));
  document.getElementById("contents").append(el("div", {}, el("h2", {}, title), el("ul", {},
    items.map((i) => el("li", {}, el("a", { href: `#${i.node.id}` }, i.label))))));
}

function lay(doc, es, en) {
  schemas = doc.components.schemas;
  const main = document.getElementById("top");
  main.append(el("h1", {}, `${doc.info.title} API, version ${doc.info.version}`), el("div", { class: "prose" }, prose(doc.info.description ?? "")));
  const tags = new Map(doc.tags.map((t) => [t.name, []]));
  for (const [path, item] of Object.entries(doc.paths))
    for (const [method, op] of Object.entries(item)) {
      tags.get(op.tags[0]).push({ node: operation(method.toUpperCase(), path, op), label: op.summary });
    }
  for (const [tag, items] of tags) part(tag, items);
  part("Schemas", Object.entries(schemas).map(([name, s]) => ({
    label: name,
    node: entry(`schema-${name}`, [name, s.description ?? ""], [el("span", { class: "path" }, name)], s.description ?? "", fields(s) ?? el("p", { class: "type" }, typeOf(s))),
  })));
  part("Codes", Object.keys(en).filter((c) => !/^(title|noun)\./.test(c)).sort().map((code) => ({
    label: code,
    node: entry(code, [code, en[code], es[code]], [el("span", { class: "path" }, code)],
      el("p", { lang: "en" }, en[code]), el("p", { lang: "es" }, es[code])),
  })));
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const e of document.querySelectorAll("details.entry")) {
    e.hidden = !words.every((w) => e.dataset.words.includes(w));
    shown += e.hidden ? 0 : 1;
  }
  for (const s of document.querySelectorAll("main > section")) s.hidden = !s.querySelector("details:not([hidden])");
  for (const li of document.querySelectorAll("nav li"))
    li.hidden = document.getElementById(li.firstChild.getAttribute("href").slice(1)).hidden;
  for (const div of document.querySelectorAll("nav > div")) div.hidden = !div.querySelector("li:not([hidden])");
  document.getElementById("state").textContent = shown ? "" : "Nothing has all of these words.";
}

/** Opens what the address points at. */
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.hidden) {
    document.getElementById("filter").value = "";
    filter("");
  }
  if (target instanceof HTMLDetailsElement) target.open = true;
  target.scrollIntoView();
}

const input = document.getElementById("filter");
input.addEventListener("input", () => filter(input.value));
addEventListener("keydown", (e) => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target === input) return;
  e.preventDefault();
  input.focus();
});
addEventListener("hashchange", follow);

try {
  const get = async (path) => {
    const r = await fetch(path);
    if (!r.ok) throw new Error(`${path} answered ${r.status}`);
    return r.json();
  };
  lay(...(await Promise.all([get("/api/openapi.json"), get("/api/docs/es.json"), get("/api/docs/en.json")])));
  document.getElementById("state").textContent = "";
  follow();
} catch (e) {
  document.getElementById("state").textContent = `The document could not be loaded: ${e.message}`;
}

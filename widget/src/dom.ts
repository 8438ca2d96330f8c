export type Child = Node | string | false | 0 | null | undefined;
type Value = string | number | boolean | null | undefined | ((e: never) => unknown);

/**
 * Makes an element. Functions become listeners, true an empty attribute, and false, null
 * and undefined nothing. Only createElement and text nodes: no HTML is ever parsed.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  // A button without a type would send the form it stands in.
  if (tag === "button") set(element, "type", "button");
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value as EventListener);
    else set(element, key, value);
  }
  element.append(...(children.filter(Boolean) as (Node | string)[]));
  return element;
}

export function set(element: Element, key: string, value: string | number | boolean | null | undefined) {
  if (value === false || value == null) element.removeAttribute(key);
  else element.setAttribute(key, value === true ? "" : String(value));
}

/** A 24-grid outline icon; decoration only, its control carries the name. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS(svg.namespaceURI, "path");
  set(svg, "viewBox", "0 0 24 24");
  set(svg, "aria-hidden", "true");
  set(line, "d", path);
  svg.append(line);
  return svg;
}

/** Adds a style sheet without a style element, so a strict style-src holds. */
export function adopt(root: ShadowRoot, css: string) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/** The absolute address if its scheme may be opened from a message; undefined otherwise. */
export function safe(address: string | undefined, base?: string): string | undefined {
  if (!address) return undefined;
  try {
    const url = new URL(address, base);
    return /^(https?|mailto|tel):/.test(url.href) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

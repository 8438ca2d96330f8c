import { StyleModule } from "style-mod";

/**
 * CodeMirror writes its rules into a style element, which our CSP refuses. In a shadow root its
 * style-mod adopts a constructed sheet instead, which no policy minds: so a stand-in for a shadow
 * root makes that set of rules once, and the document takes it over as its own.
 */
export function adoptStyles(document: Document) {
  const root = { ownerDocument: document, adoptedStyleSheets: [] } as unknown as ShadowRoot;
  StyleModule.mount(root, []);
  const marks = new Set(Object.getOwnPropertySymbols(root));
  for (const mark of marks) if (!(mark in document)) Object.assign(document, { [mark]: Reflect.get(root, mark) });
}

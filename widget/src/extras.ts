// What many conversations never need: forms, files and everything that is not text or
// buttons. One chunk with its own catalogue, fetched the first time any of it is called for.
import { adopt } from "./dom";
import css from "./extras/extras.css?inline";
import { openFiles, progress } from "./extras/files";
import { openForm } from "./extras/form";
import { rich } from "./extras/rich";
import type * as en from "./i18n/extras/en.json";
import type { Item } from "./item";
import type { Site } from "./site";
import type { Pen, Tools } from "./view/content";
import type { Words } from "./words";

/** A site with the sentences of this chunk too. */
export interface FullSite extends Site {
  words: Words & Omit<typeof en, "default">;
}

const LANGUAGES: Record<string, () => Promise<{ default: Omit<typeof en, "default"> }>> = {
  ar: () => import("./i18n/extras/ar.json"),
  en: () => import("./i18n/extras/en.json"),
  es: () => import("./i18n/extras/es.json"),
};

export type Extras = Awaited<ReturnType<typeof prepare>>;

export async function prepare(site: Site, root: ShadowRoot, tools: Tools, pen: Pen) {
  const { default: more } = await (LANGUAGES[site.config.lang.slice(0, 2)] ?? (LANGUAGES.en as never))();
  const full: FullSite = { ...site, words: { ...site.words, ...more } };
  const pictures = new Map<string, Node>(); // of files chosen in this page, by message key
  adopt(root, css);
  return {
    words: more,
    rich: (item: Item, above: boolean) => rich(item, above, full, tools, pen, pictures),
    form: openForm.bind(0, full, pen),
    files: openFiles.bind(0, full, tools, pictures),
    progress: progress.bind(0, full),
  };
}

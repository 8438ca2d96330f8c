import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInstance, type TFunction } from "i18next";

export type Language = "es" | "en";

const read = (path: string) => JSON.parse(readFileSync(join(import.meta.dirname, path), "utf8"));
const namespaces = [
  "common",
  "auth",
  "overview",
  "inbox",
  "bots",
  "flows",
  "flowreview",
  "previews",
  "channels",
  "incidents",
  "templates",
  "settings",
] as const;

const texts = (language: Language) => {
  const folder = `../src/i18n/locales/${language}`;
  const files = readdirSync(join(import.meta.dirname, folder));
  return Object.fromEntries(files.map((file) => [basename(file, ".json"), read(`${folder}/${file}`)]));
};

const panel = createInstance();
void panel.init({
  initAsync: false,
  resources: { es: texts("es"), en: texts("en") },
  ns: namespaces,
  defaultNS: "common",
  interpolation: { escapeValue: false },
});

export type Words = TFunction<typeof namespaces>;

/** The panel's own texts, by which tests find everything: t("inbox:action.claim"). */
export const words = (language: Language): Words => panel.getFixedT<typeof namespaces>(language, namespaces);

const widget = { es: read("../../../widget/src/i18n/es.json"), en: read("../../../widget/src/i18n/en.json") };
const extras = {
  es: read("../../../widget/src/i18n/extras/es.json"),
  en: read("../../../widget/src/i18n/extras/en.json"),
};

/** The widget's texts; values take the places {0}, {1}… */
export const widgetWords =
  (language: Language) =>
  (key: string, ...values: unknown[]): string => {
    const text: string | undefined = widget[language][key] ?? extras[language][key];
    if (text === undefined) throw new Error(`the widget has no text ${key}`);
    return text.replace(/\{(\d)\}/g, (_, n) => String(values[n]));
  };

const phones = {
  es: read("../../demo/phones/texts/es.json"),
  en: read("../../demo/phones/texts/en.json"),
};

/** The texts of the page of simulated phones; values take the places {person}, {name}… */
export const phoneWords =
  (language: Language) =>
  (key: string, values: Record<string, string> = {}): string => {
    const text: string | undefined = phones[language][key];
    if (text === undefined) throw new Error(`the page of the phones has no text ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  };

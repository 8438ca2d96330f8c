import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { local } from "@/lib/storage";
import type auth from "./locales/en/auth.json";
import type bots from "./locales/en/bots.json";
import type channels from "./locales/en/channels.json";
import type common from "./locales/en/common.json";
import type flowreview from "./locales/en/flowreview.json";
import type flows from "./locales/en/flows.json";
import type inbox from "./locales/en/inbox.json";
import type incidents from "./locales/en/incidents.json";
import type limits from "./locales/en/limits.json";
import type overview from "./locales/en/overview.json";
import type previews from "./locales/en/previews.json";
import type settings from "./locales/en/settings.json";
import type templates from "./locales/en/templates.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      common: typeof common;
      auth: typeof auth;
      flowreview: typeof flowreview;
      flows: typeof flows;
      incidents: typeof incidents;
      limits: typeof limits;
      overview: typeof overview;
      inbox: typeof inbox;
      bots: typeof bots;
      channels: typeof channels;
      previews: typeof previews;
      settings: typeof settings;
      templates: typeof templates;
    };
  }
}

export const LANGUAGES = ["es", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
export const isLanguage = (s: unknown): s is Language => LANGUAGES.includes(s as Language);

const files = import.meta.glob<{ default: Record<string, unknown> }>("./locales/*/*.json");

function first(): Language {
  const saved = local.get("language");
  if (isLanguage(saved)) return saved;
  return navigator.language.startsWith("en") ? "en" : "es";
}

i18n.on("languageChanged", (language) => {
  document.documentElement.lang = language;
});

/** Resolves when the common texts are there; a page's own come with the page. */
export const ready = i18n
  .use({
    type: "backend",
    init() {},
    read(language: string, ns: string, done: (error: unknown, data: unknown) => void) {
      const load = files[`./locales/${language}/${ns}.json`];
      if (!load) return done(new Error(`no texts for ${language}/${ns}`), null);
      load().then(
        (file) => done(null, file.default),
        (error) => done(error, null),
      );
    },
  })
  .use(initReactI18next)
  .init({
    lng: first(),
    fallbackLng: false, // both languages are complete (scripts/check-i18n.mjs); a fallback would load both
    supportedLngs: LANGUAGES,
    load: "languageOnly",
    ns: ["common"],
    defaultNS: "common",
    partialBundledLanguages: true,
    interpolation: { escapeValue: false }, // React escapes
  });

export async function setLanguage(language: Language) {
  local.set("language", language);
  await i18n.changeLanguage(language);
}

export default i18n;

import type * as en from "./i18n/en.json";

/** Every sentence the widget says, in one language. */
export type Words = Omit<typeof en, "default">;

/** Puts values in the numbered places of a sentence. */
export const fill = (sentence: string, ...values: (string | number)[]) =>
  sentence.replace(/\{(\d)\}/g, (_, n) => String(values[n] ?? ""));

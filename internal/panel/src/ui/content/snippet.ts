import { useTranslation } from "react-i18next";
import type { Content } from "@/lib/api/types";

const types: Content["type"][] = [
  "text",
  "image",
  "audio",
  "voice",
  "video",
  "document",
  "location",
  "contact",
  "buttons",
  "list",
  "products",
  "template",
  "reaction",
  "answer",
  "unsupported",
];

/** One line for lists. The server says "[image]" where there is no text; people read a word. */
export function useSnippet() {
  const { t } = useTranslation();
  return (snippet: string) => {
    const type = types.find((name) => snippet === `[${name}]`);
    return type ? t(`content.type.${type}`) : snippet;
  };
}

/** The same line from a content at hand. */
export function useContentLine() {
  const { t } = useTranslation();
  return (c: Content) => c.text || c.answer?.label || c.media?.name || t(`content.type.${c.type}`);
}

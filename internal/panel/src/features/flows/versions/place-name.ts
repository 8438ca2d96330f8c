import type { TFunction } from "i18next";
import type { Lang } from "../model/exits";
import type { Field, NodeType } from "../model/types";

type Words = TFunction<readonly ["flowreview", "flows"]>;

/** A part of a flow and what its form calls it. One without a label goes by what is in it. */
type Part = { label?: string; texts?: boolean; parts?: Record<string, Part> };

const part = (label?: string, parts?: Record<string, Part>): Part => ({ label, parts });
const texts = (label: string): Part => ({ label, texts: true });

/** A place in a node, "data.items[1].label.es", by the words of its form: "Botones 2 · Texto del botón (es)". */
export function placeInNode(path: string, type: NodeType | undefined, lang: Lang, t: Words): string {
  return named(path, {
    parts: {
      name: part(t("flows:node.name")),
      at: part(t("flowreview:diff.at")),
      type: part(t("flowreview:diff.type")),
      next: part(t("flows:exit.title")),
      data: { parts: ofFields(type?.fields ?? [], lang, t) },
    },
  });
}

/** The same of what a flow has besides its nodes. */
export function placeInFlow(path: string, t: Words): string {
  const trigger = Object.fromEntries(
    (["match", "words", "ref", "event", "if", "week", "tag", "channels", "priority", "interrupt"] as const).map(
      (key) => [key, part(t(`flows:trigger.${key}`))],
    ),
  );
  return named(path, {
    parts: {
      name: part(t("flows:settings.name")),
      language: part(t("flows:settings.language")),
      idle_minutes: part(t("flows:settings.idle")),
      start: part(t("flowreview:diff.start")),
      triggers: part(t("flows:start.title"), {
        ...trigger,
        type: part(t("flows:trigger.when")),
        when: part(t("flows:trigger.hours")),
      }),
      variables: part(t("flows:variable.title"), {
        name: part(t("flows:variable.name")),
        type: part(t("flows:variable.type")),
        about: part(t("flowreview:diff.about")),
      }),
      goals: part(t("flows:goal.title"), { type: part(t("flows:goal.type")), ref: part(t("flowreview:diff.ref")) }),
    },
  });
}

const ofFields = (fields: readonly Field[], lang: Lang, t: Words): Record<string, Part> =>
  Object.fromEntries(
    fields.map((f): [string, Part] => {
      if (f.kind === "content") return [f.key, ofContent(t)];
      const label = f.label[lang];
      if (f.kind === "text") return [f.key, texts(label)];
      return [f.key, part(label, f.of && ofFields(f.of, lang, t))];
    }),
  );

const ofContent = (t: Words): Part =>
  part(undefined, {
    type: part(t("flows:content.type")),
    text: texts(t("flows:content.text")),
    media: part(t("flowreview:diff.file")),
    buttons: part(t("flows:content.buttons"), {
      label: texts(t("flows:content.label")),
      url: part(t("flows:content.url")),
    }),
    list: part(undefined, {
      open: texts(t("flows:content.open")),
      items: part(t("flows:content.rows"), {
        label: texts(t("flows:content.row.label")),
        description: texts(t("flows:content.row.description")),
        section: texts(t("flows:content.row.section")),
      }),
    }),
    products: part(t("flows:content.cards"), {
      title: texts(t("flows:content.card.title")),
      text: texts(t("flows:content.card.text")),
      image: part(t("flows:content.card.image")),
      url: part(t("flows:content.card.url")),
    }),
  });

/** What no form knows keeps the name that it has in the file. */
function named(path: string, whole: Part): string {
  const names: string[] = [];
  let at: Part | undefined = whole;
  const add = (to: string) => names.push(`${names.pop() ?? ""}${to}`);
  for (const step of path.split(/[.[\]]+/).filter(Boolean)) {
    if (/^\d+$/.test(step)) add(` ${Number(step) + 1}`);
    else if (at?.texts) add(` (${step})`);
    else {
      at = at?.parts?.[step];
      if (!at) names.push(step);
      else if (at.label) names.push(at.label);
    }
  }
  return names.join(" · ");
}

import { beforeAll, expect, test } from "vitest";
import i18n, { ready } from "@/i18n";
import { field, types } from "../model/fixture";
import type { NodeType } from "../model/types";
import { placeInFlow, placeInNode } from "./place-name";

beforeAll(async () => {
  await ready;
  await i18n.changeLanguage("es");
  await i18n.loadNamespaces(["flows", "flowreview"]);
});

const t = i18n.getFixedT("es", ["flowreview", "flows"] as const);

test.each([
  ["data.text.es", "text (es)"],
  ["data.items[1].label.en", "items 2 · label (en)"],
  ["data.items[0]", "items 1"],
  ["data.content.text.es", "Texto (es)"],
  ["data.content.buttons[2].url", "Botones 3 · Enlace"],
  ["data.content.list.items[0].label.es", "Opciones 1 · Opción (es)"],
  ["data.later[0].on", "later 1 · on"],
  ["next.mom", "Cómo sigue · mom"],
  ["name", "Nombre"],
])("%s of a node", (path, name) => {
  const type = {
    ...types.get("buttons"),
    fields: [...(types.get("buttons")?.fields ?? []), field("content", "content")],
  };
  expect(placeInNode(path, type as NodeType, "es", t)).toBe(name);
});

test.each([
  ["triggers[0].words[1]", "Cuándo empieza 1 · Palabras o frases 2"],
  ["idle_minutes", "Espera una respuesta"],
  ["format", "format"],
])("%s of a flow", (path, name) => expect(placeInFlow(path, t)).toBe(name));

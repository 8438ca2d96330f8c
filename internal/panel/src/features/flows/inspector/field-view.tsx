import type { ComponentType } from "react";
import { useBuilder, useLang } from "../builder/context";
import { type Around, shown } from "../model/exits";
import type { Data, Field, FieldKind, FlowProblem } from "../model/types";
import { ContentKind } from "./content";
import { BoolKind, ChoiceKind, DateKind, LanguageKind, MinutesKind, NumberKind, PlainKind } from "./kinds-plain";
import { AgentKind, FlowKind, LabelKind, NodeKind, TagKind, TeamKind, TemplateKind, VariableKind } from "./kinds-refs";
import { CodeKind, HoursKind, MapKind, TextKind, WordsKind } from "./kinds-text";
import { ListKind } from "./list";

export type FieldProps = {
  field: Field;
  /** The field's label in the reader's language. */
  label: string;
  hint: string | undefined;
  value: unknown;
  /** undefined: the field is left out. */
  onChange: (value: unknown) => void;
  /** Its place in the node's data: "cases[2].if". */
  path: string;
  around: readonly Around[];
  problems: readonly FlowProblem[];
  error: string | undefined;
  /** Problems at any place of the node. */
  at: (path: string) => readonly FlowProblem[];
  disabled: boolean;
};

/** One editor per kind of field. A type of node is a list of fields, so a new type needs nothing here. */
export const kinds: Record<FieldKind, ComponentType<FieldProps>> = {
  text: TextKind,
  plain: PlainKind,
  template: CodeKind,
  expression: CodeKind,
  number: NumberKind,
  bool: BoolKind,
  choice: ChoiceKind,
  minutes: MinutesKind,
  content: ContentKind,
  variable: VariableKind,
  node: NodeKind,
  flow: FlowKind,
  label: LabelKind,
  agent: AgentKind,
  team: TeamKind,
  wa_template: TemplateKind,
  hours: HoursKind,
  date: DateKind,
  language: LanguageKind,
  tag: TagKind,
  words: WordsKind,
  map: MapKind,
  list: ListKind,
  exits: ListKind,
};

type Props = {
  fields: readonly Field[];
  data: Data;
  /** Fields around these: a node's, for those of a list's item. */
  outer?: readonly Around[];
  /** Ahead of the fields' keys in places: "cases[2].". */
  base?: string;
  onChange: (key: string, value: unknown) => void;
  at: (path: string) => readonly FlowProblem[];
};

/** The form of a node, or of an item of a list in it. */
export function Fields({ fields, data, outer = [], base = "", onChange, at }: Props) {
  const { mayEdit } = useBuilder();
  const lang = useLang();
  const around = [{ fields, data }, ...outer];
  return fields
    .filter((field) => shown(field, ...around))
    .map((field) => {
      const Kind = kinds[field.kind] ?? PlainKind;
      const path = `${base}${field.key}`;
      const problems = at(path);
      return (
        <Kind
          key={field.key}
          field={field}
          label={field.label[lang]}
          hint={field.help?.[lang] || undefined}
          value={data[field.key]}
          onChange={(value) => onChange(field.key, value)}
          path={path}
          around={around}
          problems={problems}
          error={problems[0]?.message}
          at={at}
          disabled={!mayEdit}
        />
      );
    });
}

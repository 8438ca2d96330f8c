import { useQuery } from "@tanstack/react-query";
import { createContext, type Dispatch, useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { labelsQuery, membersQuery } from "@/lib/api/queries";
import type { Bot } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { flowsQuery, teamsQuery } from "../api";
import { type Checked, exitsOf, jumpsOf, type Lang } from "../model/exits";
import type { Edit, Editing } from "../model/history";
import type { Problems } from "../model/places";
import { nodeName, type Reader, summary } from "../model/summary";
import type { Definition, Exit, Flow, NodeDef, NodeTypes } from "../model/types";

export type Marks = {
  /** By node: passed, standing there, or a few words to show on it. */
  nodes: ReadonlyMap<string, { passed?: boolean; here?: boolean; note?: string }>;
  /** By "node:exit": passed, or a few words to show on the edge. */
  exits: ReadonlyMap<string, { passed?: boolean; note?: string }>;
};

export type Builder = {
  flow: Flow;
  bot: Bot;
  types: NodeTypes;
  editing: Editing;
  dispatch: Dispatch<Edit>;
  /** One step of the history. Steps of the same tag in a row are undone together. */
  edit: (change: (def: Definition) => Definition, options?: { tag?: string; select?: string[] }) => void;
  mayEdit: boolean;
  checked: Checked | undefined;
  problems: Problems;
  warnings: Problems;
  /** The language whose texts are shown and written. */
  writing: string;
  write: (language: string) => void;
  /** Stores the draft now; false when that cannot be. */
  flush: () => Promise<boolean>;
  /** Revision of the draft as stored. */
  revision: () => number;
  /** Goes on from a draft that the server made: a restored version, or what somebody else saved. */
  adopt: (flow: Flow) => void;
  /** Draws something over the canvas: the way of a trial, figures. Without it, nothing. */
  mark: (marks: Marks | undefined) => void;
  /** Says something to those who cannot see the canvas. */
  announce: (text: string) => void;
  /** Selects a node and brings it into sight; for who uses the keyboard, the focus goes to its form. */
  show: (node: string, focus?: boolean) => void;
};

export const BuilderContext = createContext<Builder | undefined>(undefined);

export function useBuilder(): Builder {
  const builder = useContext(BuilderContext);
  if (!builder) throw new Error("useBuilder is for what is inside the builder");
  return builder;
}

export function useLang(): Lang {
  const { i18n } = useTranslation();
  return i18n.language === "en" ? "en" : "es";
}

/** How nodes are told in words: their names, what they say, their ways out. */
export function useReading(
  types: NodeTypes,
  def: Definition,
  checked: Checked | undefined,
  writing: string,
  bot: string,
) {
  const { t } = useTranslation(["flows", "common"]);
  const lang = useLang();
  const format = useFormat();
  const { data: labels } = useQuery(labelsQuery);
  const { data: members } = useQuery(membersQuery);
  const { data: teams } = useQuery(teamsQuery);
  const { data: flows } = useQuery(flowsQuery(bot));
  const nodes = def.nodes;
  const reader = useMemo((): Reader => {
    const known = {
      label: new Map(labels?.map((one) => [one.id, one.name])),
      agent: new Map(members?.map((one) => [one.id, one.name])),
      team: new Map(teams?.map((one) => [one.id, one.name])),
      flow: new Map(flows?.map((one) => [one.id, one.name])),
    };
    return {
      lang,
      writing,
      nameOf: (kind, id) => (kind === "node" ? id : known[kind].get(id)),
      minutes: (n) => format.duration(n * 60),
      contentType: (type) => t(`common:content.type.${type}`),
    };
  }, [labels, members, teams, flows, lang, writing, format, t]);
  return useMemo(() => {
    const name = (node: NodeDef) => nodeName(node, types.get(node.type), lang);
    const byId = new Map(nodes.map((n) => [n.id, n]));
    const nameOf = (id: string) => {
      const node = byId.get(id);
      return node ? name(node) : undefined;
    };
    const full = {
      ...reader,
      nameOf: ((kind, id) => (kind === "node" ? nameOf(id) : reader.nameOf(kind, id))) as Reader["nameOf"],
    };
    return {
      lang,
      name,
      nameOf,
      lines: (node: NodeDef) => summary(node, types.get(node.type), full),
      jumps: (node: NodeDef) => jumpsOf(node, types),
      exits: (node: NodeDef): Exit[] => exitsOf(node, types, checked),
      exitName: (exit: Exit) => exit.label[lang] || t("exit.unnamed"),
    };
  }, [reader, nodes, types, checked, lang, t]);
}

export type Reading = ReturnType<typeof useReading>;
export const ReadingContext = createContext<Reading | undefined>(undefined);

export function useRead(): Reading {
  const reading = useContext(ReadingContext);
  if (!reading) throw new Error("useRead is for what is inside the builder");
  return reading;
}

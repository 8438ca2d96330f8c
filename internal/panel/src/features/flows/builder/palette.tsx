import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Input } from "@/ui/field";
import { Tip } from "@/ui/tooltip";
import type { Lang } from "../model/exits";
import { GROUPS, type Group, type NodeType, type NodeTypes } from "../model/types";
import { useActions } from "./actions";
import { useBuilder, useLang, useRead } from "./context";
import { TypeIcon } from "./type-icon";

/** What a kind of node is carried as from here to the canvas. */
export const DRAGGED_TYPE = "application/x-recado-node";

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** The kinds of node by group, in the groups' order; those of a group this panel does not know come last. */
export function groupsOf(types: NodeTypes, lang: Lang, q: string): { group: Group; types: NodeType[] }[] {
  const wanted = plain(q.trim());
  const all = [...types.values()].filter(
    (type) => !wanted || plain(`${type.label[lang]} ${type.about[lang]} ${type.name}`).includes(wanted),
  );
  const place = (group: Group) => (GROUPS.includes(group) ? group : "logic");
  return GROUPS.map((group) => ({ group, types: all.filter((type) => place(type.group) === group) })).filter(
    (one) => one.types.length > 0,
  );
}

/** The kinds of node there are: drag one onto the canvas, or press it to add it after what is selected. */
export function Palette() {
  const { t } = useTranslation("flows");
  const { types, editing } = useBuilder();
  const read = useRead();
  const actions = useActions();
  const lang = useLang();
  const [q, setQ] = useState("");
  const groups = groupsOf(types, lang, q);
  const add = (type: NodeType) => {
    const [only, more] = editing.selected;
    const from = more === undefined ? editing.def.nodes.find((n) => n.id === only) : undefined;
    const free = from && read.exits(from).find((e) => !from.next?.[e.name]);
    actions.add(type, from && free ? { after: { node: from.id, exit: free.name } } : {});
  };
  return (
    <div className="grid gap-3 p-3">
      <div className="relative">
        <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-muted" />
        <Input
          type="search"
          value={q}
          onChange={(e) => setQ(e.target.value)}
          aria-label={t("palette.search")}
          placeholder={t("palette.search")}
          className="pl-8"
        />
      </div>
      {groups.length === 0 && <p className="text-muted">{t("palette.none")}</p>}
      {groups.map(({ group, types: list }) => (
        <section key={group} aria-label={t(`group.${group}`)}>
          <h2 className="mb-1 text-muted text-xs">{t(`group.${group}`)}</h2>
          <ul className="grid gap-0.5">
            {list.map((type) => (
              <li key={type.name}>
                <Tip label={type.about[lang]} side="right" className="max-w-64">
                  <button
                    type="button"
                    draggable
                    onDragStart={(e) => {
                      e.dataTransfer.setData(DRAGGED_TYPE, type.name);
                      e.dataTransfer.effectAllowed = "copy";
                    }}
                    onClick={() => add(type)}
                    className="flex min-h-9 w-full cursor-grab items-center gap-2 rounded-md px-1.5 text-left hover:bg-sunken"
                  >
                    <TypeIcon icon={type.icon} group={type.group} />
                    <span className="min-w-0 leading-[18px]">{type.label[lang]}</span>
                  </button>
                </Tip>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

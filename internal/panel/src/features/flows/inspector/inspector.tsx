import { ArrowRight, Copy, CopyPlus, Flag, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";
import { say, sayProblem } from "@/ui/toast";
import { Tip } from "@/ui/tooltip";
import { type Out, useActions } from "../builder/actions";
import { AddBlock } from "../builder/add-block";
import { useBuilder, useLang, useRead } from "../builder/context";
import { blockId, INSPECTOR } from "../builder/ids";
import { TypeIcon } from "../builder/type-icon";
import { nodeOf, rename, setData } from "../model/edits";
import { placeOf } from "../model/places";
import type { NodeDef } from "../model/types";
import { Fields } from "./field-view";
import { LanguageTabs } from "./language-tabs";
import { PreviewOn } from "./preview-on";

/** Everything about one block; Escape leads back to it in the list. Its form is its type's list of fields. */
export function Inspector({ id }: { id: string }) {
  const { t } = useTranslation(["flows", "common"]);
  const { editing, types, edit, problems, mayEdit } = useBuilder();
  const lang = useLang();
  const read = useRead();
  const node = nodeOf(editing.def, id);
  if (!node) return null;
  const type = types.get(node.type);
  const at = (path: string) => problems.at(id, path);
  const keys = (type?.fields ?? []).map((f) => f.key);
  // What is wrong where no field can tell of it.
  const whole = problems.of(id).filter((p) => !keys.some((key) => placeOf(p.location).path.startsWith(key)));
  const written = type?.fields.some((f) => ["text", "content", "exits", "list"].includes(f.kind));
  return (
    <section
      id={INSPECTOR}
      tabIndex={-1}
      aria-label={read.name(node)}
      // Ahead of the editors of sources, which also take Escape when they only think of proposing something.
      onKeyDownCapture={(e) => {
        const proposing = document.querySelector(".cm-tooltip-autocomplete,[role=dialog],[role=menu]");
        if (e.key === "Escape" && !proposing) document.getElementById(blockId(id))?.focus();
      }}
      className="grid min-w-0 gap-4 p-4 outline-none"
    >
      <header className="grid gap-2">
        <div className="flex items-center gap-2">
          <TypeIcon icon={type?.icon} group={type?.group} />
          <h2 className="min-w-0 flex-1 truncate font-semibold text-base">{type?.label[lang] ?? node.type}</h2>
          {mayEdit && <Tools node={node} />}
        </div>
        {type && <p className="text-muted text-xs">{type.about[lang]}</p>}
      </header>
      {whole.map((p, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same may be wrong twice
        <p key={i} className="rounded-md border border-danger/40 bg-danger/5 px-3 py-2 text-danger text-xs">
          {p.message}
        </p>
      ))}
      <Field label={t("node.name")} hint={t("node.nameHint")}>
        <Input
          maxLength={80}
          value={node.name ?? ""}
          placeholder={type?.label[lang]}
          disabled={!mayEdit}
          onChange={(e) => edit((def) => rename(def, id, e.target.value), { tag: `${id}.name` })}
        />
      </Field>
      {written && <LanguageTabs data={node.data} />}
      {type && (
        <Fields
          fields={type.fields}
          data={node.data}
          onChange={(key, value) => edit((def) => setData(def, id, key, value), { tag: `${id}.${key}` })}
          at={at}
        />
      )}
      <Ways node={node} />
      <PreviewOn node={node} type={type} />
    </section>
  );
}

function Tools({ node }: { node: NodeDef }) {
  const { t } = useTranslation(["flows", "common"]);
  const { editing } = useBuilder();
  const actions = useActions();
  const tools = [
    ...(node.id === editing.def.start
      ? []
      : [{ label: t("node.begin"), Icon: Flag, run: () => actions.begin(node.id) }]),
    {
      label: t("common:copy"),
      Icon: Copy,
      run: () => navigator.clipboard.writeText(actions.copy([node.id])).then(() => say(t("node.copied")), sayProblem),
    },
    { label: t("node.duplicate"), Icon: CopyPlus, run: () => actions.duplicate([node.id]) },
    { label: t("common:delete"), Icon: Trash2, run: () => actions.remove([node.id]) },
  ];
  return tools.map(({ label, Icon, run }) => (
    <Tip key={label} label={label}>
      <Button variant="ghost" size="icon-sm" className="-mx-0.5" aria-label={label} onClick={() => void run()}>
        <Icon />
      </Button>
    </Tip>
  ));
}

const NEW = " new"; // no node may be called so

/** Where each exit leads. */
function Ways({ node }: { node: NodeDef }) {
  const { t } = useTranslation("flows");
  const { editing, mayEdit, problems, show } = useBuilder();
  const read = useRead();
  const actions = useActions();
  const [adding, setAdding] = useState<Out>();
  const exits = read.exits(node);
  if (exits.length === 0) return null;
  const set = (exit: string, to: string) => {
    if (to === NEW) setAdding({ node: node.id, exit });
    else if (to) actions.join(node.id, exit, to);
    else actions.cut(node.id, exit);
  };
  return (
    <section aria-label={t("exit.title")} className="grid gap-2 border-t pt-4">
      <h3 className="font-medium">{t("exit.title")}</h3>
      {exits.map((exit) => {
        const to = node.next?.[exit.name] ?? "";
        return (
          <div key={exit.name} className="flex items-end gap-1">
            <Field
              className="min-w-0 flex-1"
              label={read.exitName(exit)}
              error={problems.at(node.id, `next.${exit.name}`)[0]?.message}
            >
              <Select value={to} disabled={!mayEdit} onChange={(e) => set(exit.name, e.target.value)}>
                <option value="">{t("list.end")}</option>
                {editing.def.nodes.map((n) => (
                  <option key={n.id} value={n.id}>
                    {[read.name(n), read.lines(n)[0]].filter(Boolean).join(": ").slice(0, 80)}
                  </option>
                ))}
                <option value={NEW}>{t("exit.new")}</option>
              </Select>
            </Field>
            {to && (
              <Button
                variant="ghost"
                size="icon"
                aria-label={t("exit.go", { exit: read.exitName(exit) })}
                onClick={() => show(to)}
              >
                <ArrowRight />
              </Button>
            )}
          </div>
        );
      })}
      {adding && <AddBlock after={adding} onClose={() => setAdding(undefined)} />}
    </section>
  );
}

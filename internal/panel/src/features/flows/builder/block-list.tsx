import { ArrowRight, CircleAlert, CornerDownRight, Ellipsis, Plus, Unlink } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Button } from "@/ui/button";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from "@/ui/menu";
import { Empty } from "@/ui/states";
import { inOrder } from "../model/exits";
import type { Exit, NodeDef } from "../model/types";
import { type Out, useActions } from "./actions";
import { AddBlock } from "./add-block";
import { useBuilder, useRead } from "./context";
import { blockId } from "./ids";
import { TypeIcon } from "./type-icon";

const STEP = 40; // of the canvas, per press
const shifts: Record<string, [number, number]> = {
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
};

/**
 * The flow as a list, in the order in which a conversation meets its blocks: everything that the
 * canvas offers to the mouse, for keyboards and screen readers, and to read on a phone.
 */
export default function BlockList({ reading }: { reading?: boolean }) {
  const { t } = useTranslation("flows");
  const { editing } = useBuilder();
  const read = useRead();
  const [adding, setAdding] = useState<Out | "first">();
  const order = useMemo(() => inOrder(editing.def, read.exits, read.jumps), [editing.def, read]);
  const numbers = new Map(order.map(({ node }, i) => [node.id, i + 1]));
  return (
    <div className="grid gap-2 p-3">
      {order.length === 0 && (
        <Empty
          icon={<Plus />}
          title={t("list.empty")}
          body={reading ? undefined : t("list.emptyBody")}
          className="p-4"
        />
      )}
      <ol aria-label={t("list.title")} className="grid gap-1.5">
        {order.map(({ node, reached }, i) => (
          <Block
            key={node.id}
            node={node}
            n={i + 1}
            reached={reached}
            numbers={numbers}
            reading={reading}
            onAdd={(exit) => setAdding({ node: node.id, exit })}
          />
        ))}
      </ol>
      {!reading && (
        <Button size="sm" className="justify-self-start" onClick={() => setAdding("first")}>
          <Plus aria-hidden />
          {t("list.add")}
        </Button>
      )}
      {adding && <AddBlock after={adding === "first" ? undefined : adding} onClose={() => setAdding(undefined)} />}
    </div>
  );
}

type BlockProps = {
  node: NodeDef;
  n: number;
  reached: boolean;
  numbers: ReadonlyMap<string, number>;
  reading: boolean | undefined;
  onAdd: (exit: string) => void;
};

function Block({ node, n, reached, numbers, reading, onAdd }: BlockProps) {
  const { t } = useTranslation("flows");
  const { editing, types, problems, show } = useBuilder();
  const read = useRead();
  const actions = useActions();
  const type = types.get(node.type);
  const name = read.name(node);
  const faults = problems.of(node.id).length;
  const selected = editing.selected.includes(node.id);
  const [first] = read.lines(node);
  const press = (e: KeyboardEvent) => {
    const shift = e.altKey ? shifts[e.key] : undefined;
    if (shift && !reading) {
      e.preventDefault();
      e.stopPropagation();
      actions.shift([node.id], ...shift);
    }
  };
  return (
    <li className={cn("rounded-md border bg-surface", selected && "border-accent", !reached && "border-dashed")}>
      <div className="flex items-start gap-1 p-1.5">
        <button
          type="button"
          id={blockId(node.id)}
          aria-current={selected || undefined}
          aria-keyshortcuts={reading ? undefined : "Alt+ArrowUp Alt+ArrowDown Alt+ArrowLeft Alt+ArrowRight"}
          onKeyDown={press}
          onClick={(e) => show(node.id, e.detail === 0 && !reading)}
          className="flex min-w-0 flex-1 items-start gap-2 rounded-md text-left"
        >
          <TypeIcon icon={type?.icon} group={type?.group} className="size-6" />
          <span className="min-w-0 flex-1">
            <span className="block font-medium [overflow-wrap:anywhere]">
              <span className="text-muted tabular-nums">{n}. </span>
              {name}
            </span>
            {first && <span className="line-clamp-2 text-muted text-xs [overflow-wrap:anywhere]">{first}</span>}
            {node.id === editing.def.start && <span className="block text-ok text-xs">{t("list.start")}</span>}
            {!reached && <span className="block text-warn text-xs">{t("list.unreached")}</span>}
            {faults > 0 && (
              <span className="flex items-center gap-1 text-danger text-xs">
                <CircleAlert aria-hidden className="size-3" />
                {t("problems.count", { count: faults })}
              </span>
            )}
          </span>
        </button>
        {!reading && <BlockMenu node={node} name={name} />}
      </div>
      {read.exits(node).length > 0 && (
        <ul aria-label={t("list.exits", { name })} className="border-t px-1.5 py-1">
          {read.exits(node).map((exit) => (
            <Way key={exit.name} node={node} exit={exit} numbers={numbers} reading={reading} onAdd={onAdd} />
          ))}
        </ul>
      )}
    </li>
  );
}

type WayProps = Pick<BlockProps, "node" | "numbers" | "reading" | "onAdd"> & { exit: Exit };

/** An exit: where it leads, and what can be put there. */
function Way({ node, exit, numbers, reading, onAdd }: WayProps) {
  const { t } = useTranslation("flows");
  const { editing, show } = useBuilder();
  const read = useRead();
  const actions = useActions();
  const to = node.next?.[exit.name];
  const label = read.exitName(exit);
  const target = to ? t("list.to", { n: numbers.get(to), name: read.nameOf(to) }) : t("list.end");
  const others = editing.def.nodes;
  return (
    <li className="flex min-h-8 items-center gap-1 text-xs">
      <CornerDownRight aria-hidden className="size-3.5 shrink-0 text-muted" />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {label}
        <ArrowRight aria-hidden className="mx-1 inline size-3 text-muted" />
        <span className={to ? "" : "text-muted"}>{target}</span>
      </span>
      {!reading && (
        <Menu>
          <MenuTrigger asChild>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={t("list.exitMenu", { exit: label, name: read.name(node) })}
            >
              <Plus />
            </Button>
          </MenuTrigger>
          <MenuContent align="end">
            <MenuItem onSelect={() => onAdd(exit.name)}>
              <Plus aria-hidden />
              {t("list.addAfter")}
            </MenuItem>
            {to && (
              <>
                <MenuItem onSelect={() => show(to)}>
                  <ArrowRight aria-hidden />
                  {t("list.go")}
                </MenuItem>
                <MenuItem onSelect={() => actions.cut(node.id, exit.name)}>
                  <Unlink aria-hidden />
                  {t("edge.remove")}
                </MenuItem>
              </>
            )}
            {others.length > 0 && (
              <>
                <MenuLine />
                <MenuLabel>{t("list.connect")}</MenuLabel>
                {[...others]
                  .sort((a, b) => (numbers.get(a.id) ?? 0) - (numbers.get(b.id) ?? 0))
                  .map((other) => (
                    <MenuItem key={other.id} onSelect={() => actions.join(node.id, exit.name, other.id)}>
                      {t("list.to", { n: numbers.get(other.id), name: read.name(other) })}
                    </MenuItem>
                  ))}
              </>
            )}
          </MenuContent>
        </Menu>
      )}
    </li>
  );
}

function BlockMenu({ node, name }: { node: NodeDef; name: string }) {
  const { t } = useTranslation(["flows", "common"]);
  const { editing } = useBuilder();
  const actions = useActions();
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={t("list.menu", { name })}>
          <Ellipsis />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {node.id !== editing.def.start && (
          <MenuItem onSelect={() => actions.begin(node.id)}>{t("node.begin")}</MenuItem>
        )}
        <MenuItem onSelect={() => actions.duplicate([node.id])}>{t("node.duplicate")}</MenuItem>
        <MenuLine />
        <MenuLabel>{t("list.move")}</MenuLabel>
        {(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"] as const).map((key) => (
          <MenuItem
            key={key}
            onSelect={(e) => {
              e.preventDefault(); // stays open, to move further
              const [dx, dy] = shifts[key] as [number, number];
              actions.shift([node.id], dx, dy);
            }}
          >
            {t(`list.${key}`)}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem className="text-danger" onSelect={() => actions.remove([node.id])}>
          {t("common:delete")}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

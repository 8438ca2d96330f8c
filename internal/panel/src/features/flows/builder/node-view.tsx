import { Handle, type Node, type NodeProps, Position, useUpdateNodeInternals } from "@xyflow/react";
import { CircleAlert, CircleCheck, MapPin, Play, TriangleAlert } from "lucide-react";
import { memo, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { Group } from "../model/types";
import { TypeIcon } from "./type-icon";

export type ExitView = { name: string; label: string; free: boolean; note?: string };
export type NodeFace = {
  name: string;
  typeName: string;
  icon: string | undefined;
  group: Group | undefined;
  lines: string[];
  exits: ExitView[];
  faults: number;
  warned: boolean;
  passed?: boolean;
  here?: boolean;
  note?: string;
  mayEdit: boolean;
};
export type FlowNode = Node<NodeFace, "block">;

/** A node on the canvas: what it is, what it says, and a handle for each way out. */
export const NodeView = memo(function NodeView({ id, data, selected }: NodeProps<FlowNode>) {
  const { t } = useTranslation("flows");
  const update = useUpdateNodeInternals();
  const handles = data.exits.map((e) => e.name).join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the handles' places are measured again when they change
  useEffect(() => update(id), [id, handles, update]);
  return (
    <div
      className={cn(
        "w-60 rounded-lg border bg-surface text-left shadow-[0_1px_3px_rgb(0_0_0/0.06)]",
        data.passed && "border-ok",
        data.faults > 0 && "border-danger",
        selected && "border-accent outline-2 outline-accent",
      )}
    >
      <Handle type="target" position={Position.Left} id="in" isConnectable={data.mayEdit} style={{ top: 22 }} />
      <div className="flex items-center gap-2 px-2.5 pt-2 pb-1.5">
        <TypeIcon icon={data.icon} group={data.group} />
        <p className="line-clamp-2 min-w-0 flex-1 font-medium leading-[18px] [overflow-wrap:anywhere]">{data.name}</p>
        {data.faults > 0 && (
          <CircleAlert
            role="img"
            className="size-4 shrink-0 text-danger"
            aria-label={t("problems.count", { count: data.faults })}
          />
        )}
        {data.faults === 0 && data.warned && (
          <TriangleAlert role="img" className="size-4 shrink-0 text-warn" aria-label={t("problems.warned")} />
        )}
        {data.passed && !data.here && (
          <CircleCheck role="img" className="size-4 shrink-0 text-ok" aria-label={t("try.passed")} />
        )}
        {data.here && <MapPin role="img" className="size-4 shrink-0 text-ok" aria-label={t("try.here")} />}
      </div>
      {data.lines.length > 0 && (
        <div className="grid gap-0.5 px-2.5 pb-2">
          {data.lines.map((line, i) => (
            <p
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id
              key={i}
              className={cn(
                "text-xs leading-4 [overflow-wrap:anywhere]",
                i === 0 ? "line-clamp-3" : "line-clamp-1 text-muted",
              )}
            >
              {line}
            </p>
          ))}
        </div>
      )}
      {data.note && <p className="border-t px-2.5 py-1 text-muted text-xs tabular-nums">{data.note}</p>}
      {data.exits.length > 0 && (
        <ul className="border-t py-0.5">
          {data.exits.map((exit) => (
            <li key={exit.name} className="relative flex min-h-7 items-center justify-end gap-2 pr-3.5 pl-2.5 text-xs">
              {exit.note && <span className="mr-auto text-muted tabular-nums">{exit.note}</span>}
              <span className={cn("truncate", exit.free && "text-muted")}>{exit.label}</span>
              <Handle
                type="source"
                position={Position.Right}
                id={exit.name}
                isConnectable={data.mayEdit}
                className={exit.free ? "free" : ""}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
});

export type StartNode = Node<{ lines: string[]; mayEdit: boolean; onOpen: () => void }, "start">;

/** Where a conversation enters: what starts the flow, with a handle to its first node. */
export const StartView = memo(function StartView({ data }: NodeProps<StartNode>) {
  const { t } = useTranslation("flows");
  return (
    <div className="w-48 rounded-lg border border-dashed bg-surface">
      <button
        type="button"
        onClick={data.onOpen}
        className="nodrag grid w-full gap-1 rounded-lg px-2.5 py-2 text-left hover:bg-sunken"
      >
        <span className="flex items-center gap-2 font-medium">
          <Play aria-hidden className="size-4 text-ok" />
          {t("start.title")}
        </span>
        {data.lines.length === 0 ? (
          <span className="text-muted text-xs">{t("start.none")}</span>
        ) : (
          data.lines.slice(0, 4).map((line) => (
            <span key={line} className="line-clamp-2 text-xs [overflow-wrap:anywhere]">
              {line}
            </span>
          ))
        )}
        {data.lines.length > 4 && <span className="text-muted text-xs">+{data.lines.length - 4}</span>}
      </button>
      <Handle type="source" position={Position.Right} id="start" isConnectable={data.mayEdit} style={{ top: 20 }} />
    </div>
  );
});

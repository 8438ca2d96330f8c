import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { X } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";

export type FlowEdge = Edge<{ note?: string; onRemove?: () => void }, "way">;

/** A way from an exit to a node; when it is selected, a button takes it away. */
export const EdgeView = memo(function EdgeView(props: EdgeProps<FlowEdge>) {
  const { t } = useTranslation("flows");
  const [path, x, y] = getBezierPath(props);
  const { note, onRemove } = props.data ?? {};
  return (
    <>
      <BaseEdge id={props.id} path={path} markerEnd={props.markerEnd} interactionWidth={24} />
      {(note || (props.selected && onRemove)) && (
        <EdgeLabelRenderer>
          <div
            className="nodrag nopan pointer-events-auto absolute flex items-center gap-1"
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          >
            {note && <span className="rounded-full border bg-surface px-2 text-xs tabular-nums">{note}</span>}
            {props.selected && onRemove && (
              <button
                type="button"
                aria-label={t("edge.remove")}
                onClick={onRemove}
                className="grid size-6 place-items-center rounded-full border bg-surface text-danger hover:bg-sunken"
              >
                <X className="size-3.5" />
              </button>
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

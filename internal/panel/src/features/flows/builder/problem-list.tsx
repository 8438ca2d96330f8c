import { CircleAlert, TriangleAlert } from "lucide-react";
import { cn } from "@/lib/cn";
import { placeOf } from "../model/places";
import type { FlowProblem } from "../model/types";
import { useBuilder, useRead } from "./context";

/** Problems one after another; pressing one goes to its block. */
export function ProblemList({ list, tone }: { list: readonly FlowProblem[]; tone: "danger" | "warn" }) {
  const { show, dispatch } = useBuilder();
  const read = useRead();
  const Icon = tone === "danger" ? CircleAlert : TriangleAlert;
  if (list.length === 0) return null;
  return (
    <ul>
      {list.map((p, i) => {
        const node = p.node || placeOf(p.location).node;
        const name = node && read.nameOf(node);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same may be wrong twice
          <li key={i}>
            <button
              type="button"
              onClick={() => (node && name ? show(node) : dispatch({ do: "select", nodes: [] }))}
              className="flex min-h-9 w-full items-start gap-2 rounded-md px-2 py-1.5 text-left hover:bg-sunken"
            >
              <Icon
                aria-hidden
                className={cn("mt-0.5 size-4 shrink-0", tone === "danger" ? "text-danger" : "text-warn")}
              />
              <span className="min-w-0 [overflow-wrap:anywhere]">
                {name && <span className="font-medium">{name}: </span>}
                {p.message}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

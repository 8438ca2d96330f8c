import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import type { Bot } from "@/lib/api/types";
import { SkeletonRows } from "@/ui/states";
import type { Flow, NodeTypes } from "../model/types";
import { type Builder, BuilderContext, type Marks, ReadingContext, useReading } from "./context";
import { PANELS, type SidePanel } from "./extras";
import { INSPECTOR } from "./ids";

import { TopBar } from "./top-bar";
import { useEditor } from "./use-editor";

// The canvas is not for phones; what lies beside it comes after it.
const Canvas = lazy(() => import("./canvas"));
const Left = lazy(() => import("./left"));
const Keys = lazy(() => import("./keys"));
const BlockList = lazy(() => import("./block-list"));
const Side = lazy(() => import("./side"));
const ConflictNotice = lazy(() => import("./conflict"));

type Props = { flow: Flow; types: NodeTypes; bot: Bot; small: boolean; first?: string; panel?: string };

export function Editor(props: Props) {
  return (
    <ReactFlowProvider>
      <Desk {...props} />
    </ReactFlowProvider>
  );
}

function Desk({ flow: initial, types, bot, small, first, panel: opened }: Props) {
  const { t } = useTranslation("flows");
  const may = useAllowed("bots", "write");
  const mayEdit = may && !small;
  const { saving, ...editor } = useEditor(initial, mayEdit);
  const { editing, dispatch, checked } = editor;
  const [panel, setPanel] = useState<SidePanel>(PANELS.find((one) => one === opened) ?? "edit");
  const [writing, setWriting] = useState<string>(initial.draft.language);
  const [marks, setMarks] = useState<Marks>();
  const [said, announce] = useState("");
  const view = useReactFlow();

  const show = useCallback(
    (node: string, focus = false) => {
      dispatch({ do: "select", nodes: [node] });
      setPanel("edit");
      if (focus) requestAnimationFrame(() => document.getElementById(INSPECTOR)?.focus());
      // Its place is known to the canvas only once it has been drawn.
      requestAnimationFrame(() => {
        const at = view.getInternalNode(node);
        if (!at) return;
        const { width = 240, height = 120 } = at.measured;
        const { x, y } = at.internals.positionAbsolute;
        void view.setCenter(x + width / 2, y + height / 2, { zoom: Math.max(view.getZoom(), 0.75) });
      });
    },
    [dispatch, view],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what the address named when the page opened
  useEffect(() => {
    if (first && initial.draft.nodes.some((n) => n.id === first)) dispatch({ do: "select", nodes: [first] });
  }, []);

  const reading = useReading(types, editing.def, checked, writing, bot.id);
  const builder: Builder = {
    ...editor,
    bot,
    types,
    mayEdit,
    writing,
    write: setWriting,
    announce,
    show,
    mark: setMarks,
  };
  const triggers = useCallback(() => {
    dispatch({ do: "select", nodes: [] });
    setPanel("edit");
  }, [dispatch]);

  return (
    <BuilderContext value={builder}>
      <ReadingContext value={reading}>
        <div className="flex h-full min-h-0 flex-col">
          <TopBar saving={saving} small={small} onTry={() => setPanel("try")} onPublished={editor.setFlow} />
          <div aria-live="polite" className="sr-only">
            {said}
          </div>
          {small ? (
            <div className="thin-scroll min-h-0 flex-1 overflow-auto">
              <p className="px-3 pt-3 text-muted">{t("phone")}</p>
              <Suspense fallback={<SkeletonRows rows={4} height={72} />}>
                <BlockList reading />
              </Suspense>
            </div>
          ) : (
            <div className="flex min-h-0 flex-1">
              <Suspense fallback={<div className="w-56 shrink-0 border-r bg-surface" />}>
                <Left mayEdit={mayEdit} />
              </Suspense>
              <Suspense fallback={<div className="flex-1" />}>
                <Canvas marks={marks} onTriggers={triggers} />
              </Suspense>
              <Suspense fallback={<div className="w-[23.5rem] shrink-0 border-l bg-surface" />}>
                <Side panel={panel} onPanel={setPanel} />
              </Suspense>
              <Suspense>
                <Keys onSave={() => void editor.flush()} />
              </Suspense>
            </div>
          )}
        </div>
        <Suspense>{saving.state === "conflict" && <ConflictNotice conflict={saving.conflict} />}</Suspense>
      </ReadingContext>
    </BuilderContext>
  );
}

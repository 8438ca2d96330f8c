import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import type { Bot } from "@/lib/api/types";
import { Tab, TabList, TabPanel, Tabs } from "@/ui/tabs";
import type { Flow, NodeTypes } from "../model/types";
import { BlockList } from "./block-list";
import { Canvas } from "./canvas";
import { ConflictNotice } from "./conflict";
import { type Builder, BuilderContext, type Marks, ReadingContext, useReading } from "./context";
import { Keys } from "./keys";
import { Palette } from "./palette";
import { PANELS, Side, type SidePanel } from "./side";
import { TopBar } from "./top-bar";
import { useEditor } from "./use-editor";

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
    (node: string) => {
      dispatch({ do: "select", nodes: [node] });
      setPanel("edit");
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
              <BlockList reading />
            </div>
          ) : (
            <div className="flex min-h-0 flex-1">
              <Left mayEdit={mayEdit} />
              <Canvas marks={marks} onTriggers={triggers} />
              <Side panel={panel} onPanel={setPanel} />
              <Keys onSave={() => void editor.flush()} />
            </div>
          )}
        </div>
        {saving.state === "conflict" && <ConflictNotice conflict={saving.conflict} />}
      </ReadingContext>
    </BuilderContext>
  );
}

/** What can be put on the canvas, or the canvas as a list. */
function Left({ mayEdit }: { mayEdit: boolean }) {
  const { t } = useTranslation("flows");
  const [tab, setTab] = useState(mayEdit ? "palette" : "list");
  return (
    <Tabs value={tab} onValueChange={setTab} className="flex w-56 shrink-0 flex-col border-r bg-surface">
      <TabList aria-label={t("left.tabs")} className="shrink-0 px-1">
        {mayEdit && <Tab value="palette">{t("left.palette")}</Tab>}
        <Tab value="list">{t("left.list")}</Tab>
      </TabList>
      {mayEdit && (
        <TabPanel value="palette" className="thin-scroll min-h-0 flex-1 overflow-auto">
          <Palette />
        </TabPanel>
      )}
      <TabPanel value="list" className="thin-scroll min-h-0 flex-1 overflow-auto">
        <BlockList reading={!mayEdit} />
      </TabPanel>
    </Tabs>
  );
}

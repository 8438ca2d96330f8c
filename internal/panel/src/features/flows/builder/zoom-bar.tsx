import { Panel, useReactFlow, useStore } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { Button } from "@/ui/button";

export function ZoomBar() {
  const { t } = useTranslation("flows");
  const view = useReactFlow();
  const format = useFormat();
  const zoom = useStore((s) => s.transform[2]);
  return (
    <Panel position="bottom-left" className="flex items-center rounded-md border bg-surface">
      <Button variant="ghost" size="icon-sm" aria-label={t("zoom.out")} onClick={() => void view.zoomOut()}>
        <Minus />
      </Button>
      <Button
        variant="ghost"
        size="sm"
        className="w-14 px-0 tabular-nums"
        aria-label={t("zoom.reset", { zoom: format.percent(zoom) })}
        onClick={() => void view.zoomTo(1)}
      >
        {format.percent(zoom)}
      </Button>
      <Button variant="ghost" size="icon-sm" aria-label={t("zoom.in")} onClick={() => void view.zoomIn()}>
        <Plus />
      </Button>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={t("zoom.fit")}
        onClick={() => void view.fitView({ padding: 0.15, maxZoom: 1 })}
      >
        <Maximize />
      </Button>
    </Panel>
  );
}

import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Skeleton } from "@/ui/states";
import { Tab, TabList, TabPanel, Tabs } from "@/ui/tabs";
import { Inspector } from "../inspector/inspector";
import { FlowSettings } from "../inspector/settings";
import { useBuilder } from "./context";
import { extras, type SidePanel } from "./extras";

const Trial = lazy(() => import("../trial/trial"));

/** Beside the canvas: what is selected or the flow itself, and what one can do with the draft. */
export default function Side({ panel, onPanel }: { panel: SidePanel; onPanel: (panel: SidePanel) => void }) {
  const { t } = useTranslation("flows");
  const { editing } = useBuilder();
  const [only, more] = editing.selected;
  return (
    <Tabs
      value={panel}
      onValueChange={(v) => onPanel(v as SidePanel)}
      className="flex h-full w-[23.5rem] shrink-0 flex-col border-l bg-surface"
    >
      <TabList aria-label={t("side.tabs")} className="shrink-0 gap-0 px-1">
        <Tab value="edit" className="px-1.5">
          {t(only ? "side.block" : "side.flow")}
        </Tab>
        <Tab value="try" className="px-1.5">
          {t("side.try")}
        </Tab>
        {extras.map(({ name }) => (
          <Tab key={name} value={name} className="px-1.5">
            {t(`side.${name}`)}
          </Tab>
        ))}
      </TabList>
      <TabPanel value="edit" className="thin-scroll min-h-0 flex-1 overflow-auto">
        {only && more === undefined && <Inspector key={only} id={only} />}
        {only && more !== undefined && <Several />}
        {!only && <FlowSettings />}
      </TabPanel>
      {/* A trial goes on while somebody mends a block in between. */}
      <TabPanel value="try" forceMount className="min-h-0 flex-1 data-[state=inactive]:hidden">
        <Suspense fallback={<Skeleton className="m-4 h-24" />}>
          <Trial shown={panel === "try"} />
        </Suspense>
      </TabPanel>
      {extras.map(({ name, Panel }) => (
        <TabPanel key={name} value={name} className="thin-scroll min-h-0 flex-1 overflow-auto">
          <Suspense fallback={<Skeleton className="m-4 h-24" />}>
            <Panel />
          </Suspense>
        </TabPanel>
      ))}
    </Tabs>
  );
}

function Several() {
  const { t } = useTranslation("flows");
  const { editing } = useBuilder();
  return (
    <div className="grid gap-1 p-4">
      <h2 className="font-semibold text-base">{t("side.several", { count: editing.selected.length })}</h2>
      <p className="text-muted">{t("side.severalHint")}</p>
    </div>
  );
}

import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { SkeletonRows } from "@/ui/states";
import { Tab, TabList, TabPanel, Tabs } from "@/ui/tabs";
import { Palette } from "./palette";

const BlockList = lazy(() => import("./block-list"));

/** What can be put on the canvas, or the canvas as a list. */
export default function Left({ mayEdit }: { mayEdit: boolean }) {
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
        <Suspense fallback={<SkeletonRows rows={4} height={72} />}>
          <BlockList reading={!mayEdit} />
        </Suspense>
      </TabPanel>
    </Tabs>
  );
}

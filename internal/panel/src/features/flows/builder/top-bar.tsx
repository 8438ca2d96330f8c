import { Link } from "@tanstack/react-router";
import {
  ArrowLeft,
  CircleAlert,
  Cloud,
  CloudOff,
  Download,
  Ellipsis,
  FlaskConical,
  LoaderCircle,
  Redo2,
  Rocket,
  Undo2,
  WandSparkles,
} from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/ui/menu";
import { Tip } from "@/ui/tooltip";
import { exportAddress } from "../api";
import { StatusBadge } from "../index/status";
import type { Flow } from "../model/types";
import { useActions } from "./actions";
import type { Saving } from "./autosave";
import { useBuilder } from "./context";

const ProblemButton = lazy(() => import("./problem-button"));
const PublishDialog = lazy(() => import("./publish"));

type Props = { saving: Saving; small: boolean; onTry: () => void; onPublished: (flow: Flow) => void };

export function TopBar({ saving, small, onTry, onPublished }: Props) {
  const { t } = useTranslation(["flows", "common"]);
  const { flow, bot, editing, dispatch, edit, mayEdit } = useBuilder();
  const actions = useActions();
  const [publishing, setPublishing] = useState(false);
  const { def, past, future } = editing;
  const status = flow.status === "published" && saving.state !== "saved" ? "changed" : flow.status;
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b bg-surface px-3">
      <Button asChild variant="ghost" size="icon">
        <Link to="/bots/$bot/flows" params={{ bot: bot.id }} aria-label={t("back", { bot: bot.name })}>
          <ArrowLeft />
        </Link>
      </Button>
      <h1 className="min-w-0 truncate font-semibold text-base max-md:flex-1">
        {mayEdit ? (
          <input
            value={def.name}
            maxLength={120}
            aria-label={t("settings.flowName")}
            onChange={(e) => edit((now) => ({ ...now, name: e.target.value }), { tag: "name" })}
            className="field-sizing-content h-9 min-w-24 max-w-72 truncate rounded-md border border-transparent bg-transparent px-2 hover:border-line"
          />
        ) : (
          def.name
        )}
      </h1>
      <StatusBadge status={status} />
      {!small && <SavingState saving={saving} />}
      <div className="ml-auto flex items-center gap-1">
        {mayEdit && (
          <>
            <Tip label={t("common:undo")} keys="Ctrl Z">
              <Button
                variant="ghost"
                size="icon-sm"
                aria-label={t("common:undo")}
                disabled={past.length === 0}
                onClick={() => dispatch({ do: "undo" })}
              >
                <Undo2 />
              </Button>
            </Tip>
            <Tip label={t("redo")} keys="Ctrl Shift Z">
              <Button
                variant="ghost"
                size="icon-sm"
                aria-label={t("redo")}
                disabled={future.length === 0}
                onClick={() => dispatch({ do: "redo" })}
              >
                <Redo2 />
              </Button>
            </Tip>
            <Tip label={t("arrange")}>
              <Button
                variant="ghost"
                size="icon-sm"
                aria-label={t("arrange")}
                disabled={def.nodes.length < 2}
                onClick={() => void actions.arrange()}
              >
                <WandSparkles />
              </Button>
            </Tip>
          </>
        )}
        {!small && (
          <>
            <Menu>
              <MenuTrigger asChild>
                <Button variant="ghost" size="icon-sm" aria-label={t("more")}>
                  <Ellipsis />
                </Button>
              </MenuTrigger>
              <MenuContent align="end">
                <MenuItem asChild>
                  <a href={exportAddress(flow.id)} download>
                    <Download aria-hidden />
                    {t("export")}
                  </a>
                </MenuItem>
                <MenuItem onSelect={() => dispatch({ do: "select", nodes: def.nodes.map((n) => n.id) })}>
                  {t("selectAll")}
                </MenuItem>
              </MenuContent>
            </Menu>
            <Suspense>
              <ProblemButton />
            </Suspense>
            <Button size="sm" onClick={onTry}>
              <FlaskConical aria-hidden />
              {t("side.try")}
            </Button>
          </>
        )}
        {mayEdit && (
          <Button size="sm" variant="primary" onClick={() => setPublishing(true)}>
            <Rocket aria-hidden />
            {t("publish.open")}
          </Button>
        )}
      </div>
      <Suspense>
        {publishing && <PublishDialog onClose={() => setPublishing(false)} onPublished={onPublished} />}
      </Suspense>
    </header>
  );
}

function SavingState({ saving }: { saving: Saving }) {
  const { t } = useTranslation("flows");
  const look = {
    saved: { Icon: Cloud, text: t("saving.saved"), tone: "text-muted" },
    waiting: { Icon: LoaderCircle, text: t("saving.saving"), tone: "text-muted" },
    saving: { Icon: LoaderCircle, text: t("saving.saving"), tone: "text-muted" },
    offline: { Icon: CloudOff, text: t("saving.offline"), tone: "text-warn" },
    refused: { Icon: CircleAlert, text: t("saving.refused"), tone: "text-danger" },
    conflict: { Icon: CircleAlert, text: t("saving.conflict"), tone: "text-danger" },
  }[saving.state];
  return (
    <p
      role="status"
      title={saving.state === "refused" ? saving.message : undefined}
      className={`flex items-center gap-1.5 text-xs ${look.tone}`}
    >
      <look.Icon aria-hidden className={`size-4 ${saving.state === "saving" ? "animate-spin" : ""}`} />
      <span className="max-xl:sr-only">{look.text}</span>
    </p>
  );
}

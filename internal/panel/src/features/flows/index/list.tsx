import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Copy, Download, Ellipsis, FileUp, Plus, Trash2, Workflow } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import { useFormat } from "@/lib/format";
import { useNow } from "@/lib/now";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Menu, MenuContent, MenuItem, MenuLine, MenuTrigger } from "@/ui/menu";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { Switch } from "@/ui/switch";
import { say, sayProblem } from "@/ui/toast";
import { changeFlow, createFlow, deleteFlow, exportAddress, flowQuery, flowsQuery } from "../api";
import type { FlowSummary } from "../model/types";
import { useTriggerWords } from "../trigger-words";
import { StatusBadge } from "./status";

const CreateFlow = lazy(() => import("./create"));
const ImportFlow = lazy(() => import("./import"));
const route = getRouteApi("/shell/bots/$bot/flows");

/** The flows of a bot, a tab of its page. */
export default function FlowsTab() {
  const { t } = useTranslation("flows");
  const { bot } = route.useParams();
  const query = useQuery(flowsQuery(bot));
  const may = useAllowed("bots", "write");
  const [opened, setOpened] = useState<"create" | "import">();
  const flows = query.data ?? [];
  const actions = may && (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => setOpened("import")}>
        <FileUp aria-hidden />
        {t("import.open")}
      </Button>
      <Button variant="primary" onClick={() => setOpened("create")}>
        <Plus aria-hidden />
        {t("create.open")}
      </Button>
    </div>
  );
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-72 text-muted">{t("lead")}</p>
        {flows.length > 0 && actions}
      </div>
      <section aria-label={t("title")} className="overflow-hidden rounded-lg border bg-surface">
        {query.isPending && <SkeletonRows rows={3} height={56} />}
        {query.isError && !query.data && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && flows.length === 0 && (
          <Empty
            icon={<Workflow />}
            title={t("empty.title")}
            body={t("empty.body")}
            action={actions}
            className="py-12"
          />
        )}
        {flows.length > 0 && (
          <ul className="divide-y">
            {flows.map((flow) => (
              <FlowLine key={flow.id} bot={bot} flow={flow} may={may} />
            ))}
          </ul>
        )}
      </section>
      <Suspense>
        {opened === "create" && <CreateFlow bot={bot} onClose={() => setOpened(undefined)} />}
        {opened === "import" && <ImportFlow bot={bot} onClose={() => setOpened(undefined)} />}
      </Suspense>
    </div>
  );
}

function FlowLine({ bot, flow, may }: { bot: string; flow: FlowSummary; may: boolean }) {
  const { t } = useTranslation("flows");
  const format = useFormat();
  const now = useNow();
  const words = useTriggerWords();
  const starts = flow.triggers.map(words);
  const runs = t("runs", { count: flow.runs_7d, n: format.number(flow.runs_7d) });
  const goals = t("conversions", { count: flow.conversions_7d, n: format.number(flow.conversions_7d) });
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 hover:bg-sunken">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link
            to="/bots/$bot/flows/$flow"
            params={{ bot, flow: flow.id }}
            className="min-w-0 truncate font-medium after:absolute after:inset-0 after:content-['']"
          >
            {flow.name}
          </Link>
          <StatusBadge status={flow.status} version={flow.version} />
        </p>
        <p className="line-clamp-2 text-muted text-xs [overflow-wrap:anywhere]">
          {starts.length > 0 ? starts.slice(0, 3).join(" · ") : t("start.none")}
          {starts.length > 3 && ` +${starts.length - 3}`}
        </p>
      </div>
      <p className="text-muted text-xs tabular-nums md:w-44 md:text-right">
        {flow.version ? (
          <>
            {runs}
            <br className="max-md:hidden" />
            <span className="md:hidden"> · </span>
            {goals}
          </>
        ) : (
          t("edited", { when: format.ago(flow.draft_at, now) })
        )}
      </p>
      {may && (
        <div className="relative z-10 ml-auto flex items-center gap-2">
          {flow.version ? <OnOff bot={bot} flow={flow} /> : <span className="w-9" />}
          <LineMenu bot={bot} flow={flow} />
        </div>
      )}
    </li>
  );
}

function OnOff({ bot, flow }: { bot: string; flow: FlowSummary }) {
  const { t } = useTranslation("flows");
  const qc = useQueryClient();
  const set = async (enabled: boolean) => {
    const { queryKey } = flowsQuery(bot);
    const put = (on: boolean) =>
      qc.setQueryData(queryKey, (all) => all?.map((one) => (one.id === flow.id ? { ...one, enabled: on } : one)));
    put(enabled);
    try {
      await changeFlow(flow.id, { enabled });
      say(t(enabled ? "on" : "off", { name: flow.name }));
    } catch (error) {
      put(!enabled);
      sayProblem(error);
    }
  };
  return <Switch checked={flow.enabled} onCheckedChange={set} aria-label={t("enabled", { name: flow.name })} />;
}

function LineMenu({ bot, flow }: { bot: string; flow: FlowSummary }) {
  const { t } = useTranslation(["flows", "common"]);
  const qc = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const refresh = () => qc.invalidateQueries({ queryKey: flowsQuery(bot).queryKey });
  const duplicate = async () => {
    try {
      const { draft } = await qc.fetchQuery({ ...flowQuery(flow.id), staleTime: 0 });
      const name = t("copyOf", { name: flow.name }).slice(0, 120);
      await createFlow(bot, { name, definition: { ...draft, name } });
      await refresh();
      say(t("duplicated", { name }));
    } catch (error) {
      sayProblem(error);
    }
  };
  const remove = async () => {
    await deleteFlow(flow.id);
    await refresh();
    say(t("delete.done", { name: flow.name }));
  };
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon" aria-label={t("menu", { name: flow.name })}>
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => void duplicate()}>
            <Copy aria-hidden />
            {t("duplicate")}
          </MenuItem>
          <MenuItem asChild>
            <a href={exportAddress(flow.id)} download>
              <Download aria-hidden />
              {t("export")}
            </a>
          </MenuItem>
          <MenuLine />
          <MenuItem onSelect={() => setDeleting(true)} className="text-danger">
            <Trash2 aria-hidden />
            {t("common:delete")}
          </MenuItem>
        </MenuContent>
      </Menu>
      <Confirm
        open={deleting}
        onClose={() => setDeleting(false)}
        title={t("delete.title", { name: flow.name })}
        body={flow.version ? t("delete.body", { version: flow.version }) : t("delete.draft")}
        action={t("common:delete")}
        onConfirm={remove}
      />
    </>
  );
}

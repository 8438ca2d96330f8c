import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useMatch } from "@tanstack/react-router";
import { ArrowLeft, FlaskConical, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { botsQuery, useAllowed } from "@/lib/api/queries";
import type { Bot } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { BotState } from "@/ui/state-badge";
import { Failure, NoPermission, SkeletonRows } from "@/ui/states";
import { Switch } from "@/ui/switch";
import { Tab, TabList, TabPanel, Tabs } from "@/ui/tabs";
import { say, sayProblem } from "@/ui/toast";
import { Faqs } from "./faqs";
import { General } from "./general";
import { botQuery } from "./queries";
import { Rules } from "./rules";
import { TryIt } from "./try-it";

const route = getRouteApi("/shell/bots/$bot");

export default function BotPage() {
  return useAllowed("bots") ? <Editor /> : <NoPermission className="h-full" />;
}

const TABS = ["general", "rules", "flows", "faqs"] as const;
type Part = Exclude<(typeof TABS)[number], "flows">;

function Editor() {
  const { t } = useTranslation(["bots", "common"]);
  const { bot: id } = route.useParams();
  const { tab: part = "general", edit, q } = route.useSearch();
  // The flows are a page of their own, shown in here.
  const tab = useMatch({ from: "/shell/bots/$bot/flows", shouldThrow: false }) ? "flows" : part;
  const navigate = route.useNavigate();
  const query = useQuery(botQuery(id));
  const may = useAllowed("bots", "write");
  const [trying, setTrying] = useState(false);
  const bot = query.data;
  if (query.isError && !bot) return <Failure className="h-full" error={query.error} onRetry={() => query.refetch()} />;
  if (!bot) return <SkeletonRows rows={8} height={56} />;

  const go = (search: { tab?: Part; edit?: string; q?: string }) =>
    navigate({ to: "/bots/$bot", params: { bot: id }, search: { tab: part, ...search }, replace: true });
  const turn = (to: (typeof TABS)[number]) =>
    to === "flows" ? navigate({ to: "/bots/$bot/flows", params: { bot: id }, replace: true }) : go({ tab: to });
  return (
    <div className="mx-auto grid w-full max-w-6xl grid-cols-[minmax(0,1fr)] content-start gap-4 p-6 max-md:p-4">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button asChild variant="ghost" size="icon">
          <Link to="/bots" aria-label={t("back")}>
            <ArrowLeft />
          </Link>
        </Button>
        <h1 className="min-w-0 truncate font-semibold text-xl leading-7">{bot.name}</h1>
        <BotState state={bot.state} />
        <div className="ml-auto flex items-center gap-2">
          {may && <OnOff bot={bot} />}
          <Button onClick={() => setTrying(true)}>
            <FlaskConical aria-hidden />
            {t("try.open")}
          </Button>
          <DeleteBot bot={bot} />
        </div>
      </header>
      <Tabs value={tab} onValueChange={(v) => turn(v as typeof tab)}>
        <TabList aria-label={t("tabs")}>
          {TABS.map((one) => (
            <Tab key={one} value={one}>
              {t(`tab.${one}`)}
              {(one === "rules" || one === "faqs") && (
                <span className="text-muted tabular-nums">{bot.counts[one]}</span>
              )}
            </Tab>
          ))}
        </TabList>
        <TabPanel value="general" className="pt-4">
          <General bot={bot} />
        </TabPanel>
        <TabPanel value="rules" className="pt-4">
          <Rules bot={bot} editing={edit} onEdit={(next) => go({ edit: next })} />
        </TabPanel>
        <TabPanel value="flows" className="pt-4">
          <Outlet />
        </TabPanel>
        <TabPanel value="faqs" className="pt-4">
          <Faqs bot={bot} editing={edit} q={q ?? ""} onChange={go} />
        </TabPanel>
      </Tabs>
      {trying && <TryIt bot={bot} onClose={() => setTrying(false)} />}
    </div>
  );
}

function OnOff({ bot }: { bot: Bot }) {
  const { t } = useTranslation(["bots", "common"]);
  const qc = useQueryClient();
  const set = async (enabled: boolean) => {
    try {
      const now = await ok(client.PATCH("/api/v1/bots/{id}", { params: { path: { id: bot.id } }, body: { enabled } }));
      qc.setQueryData(botQuery(bot.id).queryKey, now);
      void qc.invalidateQueries({ queryKey: botsQuery.queryKey, exact: true });
      say(t(enabled ? "on" : "off", { name: bot.name }));
    } catch (error) {
      sayProblem(error);
    }
  };
  return <Switch checked={bot.enabled} onCheckedChange={set} aria-label={t("enabled")} className="mx-2" />;
}

function DeleteBot({ bot }: { bot: Bot }) {
  const { t } = useTranslation(["bots", "common"]);
  const qc = useQueryClient();
  const navigate = route.useNavigate();
  const may = useAllowed("bots", "manage");
  const [open, setOpen] = useState(false);
  if (!may) return null;
  const remove = async () => {
    await ok(client.DELETE("/api/v1/bots/{id}", { params: { path: { id: bot.id } } }));
    await navigate({ to: "/bots" });
    qc.removeQueries({ queryKey: botQuery(bot.id).queryKey });
    void qc.invalidateQueries({ queryKey: botsQuery.queryKey, exact: true });
    say(t("delete.done", { name: bot.name }));
  };
  return (
    <>
      <Button variant="ghost" size="icon" aria-label={t("delete.open")} onClick={() => setOpen(true)}>
        <Trash2 />
      </Button>
      <Confirm
        open={open}
        onClose={() => setOpen(false)}
        title={t("delete.title", { name: bot.name })}
        body={[
          t("delete.body", {
            rules: t("count.rules", { count: bot.counts.rules }),
            faqs: t("count.faqs", { count: bot.counts.faqs }),
          }),
          bot.channels.length > 0 && t("delete.channels", { names: bot.channels.map((c) => c.name).join(", ") }),
        ]
          .filter(Boolean)
          .join(" ")}
        action={t("delete.open")}
        onConfirm={remove}
      />
    </>
  );
}

import { useQuery } from "@tanstack/react-query";
import {
  ArrowLeft,
  Bot,
  Check,
  CirclePause,
  Ellipsis,
  Eye,
  Hand,
  PanelRight,
  RotateCcw,
  Tags,
  UserRoundPlus,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { membersQuery, useAllowed, useMe } from "@/lib/api/queries";
import type { Conversation } from "@/lib/api/types";
import { useContactName } from "@/lib/contact";
import { usePresence } from "@/lib/realtime/live";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuLine,
  MenuRadio,
  MenuRadioGroup,
  MenuSub,
  MenuSubContent,
  MenuSubTrigger,
  MenuTrigger,
} from "@/ui/menu";
import { StateBadge } from "@/ui/state-badge";
import { Tip } from "@/ui/tooltip";
import type { Actions } from "./actions";
import { LabelChecks } from "./label-picker";
import { PassMenu } from "./pass-menu";

type Props = {
  conversation: Conversation;
  actions: Actions;
  onBack: () => void;
  onDetails: () => void;
  assigning: boolean;
  onAssigning: (open: boolean) => void;
};

export function Header({ conversation: c, actions, onBack, onDetails, assigning, onAssigning }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const may = useAllowed("inbox", "write");
  const name = useContactName()(c.contact);
  return (
    <header className="flex min-h-14 shrink-0 items-center gap-2 border-b bg-surface px-3 max-md:px-1">
      <Button variant="ghost" size="icon" className="md:hidden" aria-label={t("backToList")} onClick={onBack}>
        <ArrowLeft />
      </Button>
      <Avatar name={c.contact.name} initials={c.contact.initials} className="max-md:hidden" />
      <div className="min-w-0 flex-1">
        <h1 className="truncate font-semibold md:hidden">{name}</h1>
        <h2 className="truncate font-semibold max-md:hidden">{name}</h2>
        <Who conversation={c} />
      </div>
      {may && (
        <>
          {c.can.claim && (
            <Button size="sm" variant="primary" className="max-md:hidden" onClick={() => void actions.claim()}>
              <Hand aria-hidden />
              {t("action.claim")}
            </Button>
          )}
          <AssignMenu conversation={c} actions={actions} open={assigning} onOpen={onAssigning} />
          {c.can.close && (
            <Tip label={t("action.close")} keys="E">
              <Button size="sm" aria-label={t("action.close")} onClick={() => void actions.close()}>
                <Check aria-hidden />
                <span className="max-lg:sr-only">{t("action.closeShort")}</span>
              </Button>
            </Tip>
          )}
          {c.can.reopen && (
            <Button size="sm" onClick={() => void actions.reopen()}>
              <RotateCcw aria-hidden />
              {t("action.reopen")}
            </Button>
          )}
          <MoreMenu conversation={c} actions={actions} />
        </>
      )}
      <Button variant="ghost" size="icon-sm" className="xl:hidden" aria-label={t("contact.show")} onClick={onDetails}>
        <PanelRight />
      </Button>
    </header>
  );
}

/** State and place; who else is looking, when somebody is. */
function Who({ conversation: c }: { conversation: Conversation }) {
  const { t } = useTranslation(["inbox", "common"]);
  const me = useMe().user.id;
  const { agents } = usePresence(c.id);
  const typing = agents.find((a) => a.typing);
  const someone = typing ?? agents[0];
  return (
    <div className="flex min-w-0 items-center gap-2 text-muted text-xs">
      <StateBadge state={c.state} quiet />
      <p className="truncate" role="status">
        {someone ? (
          <span className="inline-flex items-center gap-1 text-warn">
            <Eye aria-hidden className="size-3.5" />
            {t(typing ? "presence.typing" : "presence.viewing", { name: someone.name })}
          </span>
        ) : (
          [
            c.channel.name,
            c.assignee && (c.assignee.id === me ? t("assignedYou") : t("assigned", { name: c.assignee.name })),
          ]
            .filter(Boolean)
            .join(" · ")
        )}
      </p>
    </div>
  );
}

function AssignMenu({
  conversation: c,
  actions,
  open,
  onOpen,
}: {
  conversation: Conversation;
  actions: Actions;
  open: boolean;
  onOpen: (open: boolean) => void;
}) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <Menu open={open} onOpenChange={onOpen}>
      <Tip label={t("action.assign")} keys="A">
        <MenuTrigger asChild>
          <Button size="icon-sm" variant="ghost" aria-label={t("action.assign")} className="max-sm:hidden">
            <UserRoundPlus />
          </Button>
        </MenuTrigger>
      </Tip>
      <MenuContent align="end">
        <MenuLabel>{t("action.assign")}</MenuLabel>
        <AssignChoices conversation={c} actions={actions} />
      </MenuContent>
    </Menu>
  );
}

function AssignChoices({ conversation: c, actions }: { conversation: Conversation; actions: Actions }) {
  const { t } = useTranslation(["inbox", "common"]);
  const me = useMe().user.id;
  const { data: members = [] } = useQuery(membersQuery);
  const sorted = [...members].sort((a, b) => Number(b.id === me) - Number(a.id === me) || a.name.localeCompare(b.name));
  return (
    <MenuRadioGroup value={c.assignee?.id ?? ""} onValueChange={(user) => void actions.assign(user || null)}>
      <MenuRadio value="">{t("filter.who.none")}</MenuRadio>
      <MenuLine />
      {sorted.map((m) => (
        <MenuRadio key={m.id} value={m.id}>
          <Avatar name={m.name} className="size-6" />
          {m.id === me ? t("you") : m.name}
          {m.online && <span className="text-ok text-xs">{t("presence.online")}</span>}
        </MenuRadio>
      ))}
    </MenuRadioGroup>
  );
}

const PAUSES = [60, 240, 1440];

function MoreMenu({ conversation: c, actions }: { conversation: Conversation; actions: Actions }) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="icon-sm" variant="ghost" aria-label={t("action.more")}>
          <Ellipsis />
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuSub>
          <MenuSubTrigger>
            <UserRoundPlus aria-hidden />
            {t("action.assign")}
          </MenuSubTrigger>
          <MenuSubContent>
            <AssignChoices conversation={c} actions={actions} />
          </MenuSubContent>
        </MenuSub>
        <PassMenu conversation={c} actions={actions} />
        {c.can.release && (
          <MenuItem onSelect={() => void actions.release()}>
            <Bot aria-hidden />
            {t("action.release")}
          </MenuItem>
        )}
        {c.state !== "closed" && (
          <MenuSub>
            <MenuSubTrigger>
              <CirclePause aria-hidden />
              {t("action.pause")}
            </MenuSubTrigger>
            <MenuSubContent>
              {PAUSES.map((minutes) => (
                <MenuItem key={minutes} onSelect={() => void actions.pause(minutes)}>
                  {t("action.pauseHours", { count: minutes / 60 })}
                </MenuItem>
              ))}
            </MenuSubContent>
          </MenuSub>
        )}
        <MenuSub>
          <MenuSubTrigger>
            <Tags aria-hidden />
            {t("action.labels")}
          </MenuSubTrigger>
          <MenuSubContent>
            <LabelChecks conversation={c} actions={actions} />
          </MenuSubContent>
        </MenuSub>
      </MenuContent>
    </Menu>
  );
}

import {
  Bot,
  CircleCheck,
  CirclePause,
  Clock,
  Headset,
  type LucideIcon,
  Power,
  Radio,
  TriangleAlert,
  WifiOff,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Bot as BotType, Channel, ConversationState } from "@/lib/api/types";
import { Badge, type Tone } from "./badge";

type Look = { icon: LucideIcon; tone: Tone };

const conversation: Record<ConversationState, Look> = {
  bot: { icon: Bot, tone: "accent" },
  waiting: { icon: Clock, tone: "warn" },
  human: { icon: Headset, tone: "ok" },
  paused: { icon: CirclePause, tone: "neutral" },
  closed: { icon: CircleCheck, tone: "neutral" },
};

/** quiet: without the coloured ground, for dense lists. */
export function StateBadge({ state, quiet }: { state: ConversationState; quiet?: boolean }) {
  const { t } = useTranslation();
  const { icon: Icon, tone } = conversation[state];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />} className={quiet ? "h-4 bg-transparent px-0" : ""}>
      {t(`state.conversation.${state}`)}
    </Badge>
  );
}

const channel: Record<Channel["state"], Look> = {
  online: { icon: Radio, tone: "ok" },
  offline: { icon: WifiOff, tone: "neutral" },
  error: { icon: TriangleAlert, tone: "danger" },
  paused: { icon: CirclePause, tone: "warn" },
};

export function ChannelState({ state }: { state: Channel["state"] }) {
  const { t } = useTranslation();
  const { icon: Icon, tone } = channel[state];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />}>
      {t(`state.channel.${state}`)}
    </Badge>
  );
}

const bot: Record<BotType["state"], Look> = {
  running: { icon: Power, tone: "ok" },
  paused: { icon: CirclePause, tone: "warn" },
  failing: { icon: TriangleAlert, tone: "danger" },
};

export function BotState({ state }: { state: BotType["state"] }) {
  const { t } = useTranslation();
  const { icon: Icon, tone } = bot[state];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />}>
      {t(`state.bot.${state}`)}
    </Badge>
  );
}

import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import i18n from "@/i18n";
import { Problem } from "@/lib/api/problem";
import { meQuery } from "@/lib/api/queries";
import { LIST_STATES } from "@/lib/realtime/events";
import { Crash, NotFound, Pending } from "./fallbacks";
import { Root } from "./root";

type Texts =
  | "auth"
  | "overview"
  | "inbox"
  | "bots"
  | "flowreview"
  | "flows"
  | "channels"
  | "limits"
  | "templates"
  | "settings";

/** A page's texts load together with its code, not after it. */
const texts =
  (...names: Texts[]) =>
  () =>
    i18n.loadNamespaces(names);

type Search = Record<string, unknown>;
type InboxSearch = {
  state?: (typeof LIST_STATES)[number];
  assignee?: string;
  channel?: string;
  label?: string;
  team?: string;
  q?: string;
};
const BOT_TABS = ["general", "rules", "faqs"] as const;
type BotSearch = { tab?: (typeof BOT_TABS)[number]; edit?: string; q?: string };

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);
const oneOf = <T extends string>(value: unknown, all: readonly T[]) => all.find((one) => one === value);

const root = createRootRouteWithContext<{ qc: QueryClient }>()({
  component: Root,
  notFoundComponent: NotFound,
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  loader: texts("auth"),
  validateSearch: (s: Search): { to?: string } => ({ to: text(s.to) }),
  component: lazyRouteComponent(() => import("@/features/auth/login")),
});

const signup = createRoute({
  getParentRoute: () => root,
  path: "/signup",
  loader: texts("auth"),
  component: lazyRouteComponent(() => import("@/features/auth/signup")),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: lazyRouteComponent(() => import("./shell"), "Shell"),
  beforeLoad: async ({ context, location }) => {
    try {
      await context.qc.ensureQueryData(meQuery);
    } catch (error) {
      if (Problem.from(error).status === 401)
        throw redirect({ to: "/login", search: { to: location.href === "/" ? undefined : location.href } });
      throw error;
    }
  },
});

const overview = createRoute({
  getParentRoute: () => shell,
  path: "/",
  loader: texts("overview"),
  component: lazyRouteComponent(() => import("@/features/overview/page")),
});

const inbox = createRoute({
  getParentRoute: () => shell,
  path: "/inbox/{-$conversation}",
  loader: texts("inbox"),
  validateSearch: (s: Search): InboxSearch => ({
    state: oneOf(s.state, LIST_STATES),
    assignee: text(s.assignee),
    channel: text(s.channel),
    label: text(s.label),
    team: text(s.team),
    q: text(s.q),
  }),
  component: lazyRouteComponent(() => import("@/features/inbox/page")),
});

const bots = createRoute({
  getParentRoute: () => shell,
  path: "/bots",
  loader: texts("bots"),
  component: lazyRouteComponent(() => import("@/features/bots/list")),
});

const bot = createRoute({
  getParentRoute: () => shell,
  path: "/bots/$bot",
  loader: texts("bots"),
  validateSearch: (s: Search): BotSearch => ({
    tab: oneOf(s.tab, BOT_TABS),
    edit: text(s.edit),
    q: text(s.q),
  }),
  component: lazyRouteComponent(() => import("@/features/bots/page")),
});

/** Shown inside the bot's page, among its tabs. */
const flows = createRoute({
  getParentRoute: () => bot,
  path: "flows",
  loader: texts("flows"),
  component: lazyRouteComponent(() => import("@/features/flows/index/list")),
});

const flow = createRoute({
  getParentRoute: () => shell,
  path: "/bots/$bot/flows/$flow",
  loader: texts("flows"),
  validateSearch: (s: Search): { node?: string; panel?: string } => ({ node: text(s.node), panel: text(s.panel) }),
  component: lazyRouteComponent(() => import("@/features/flows/builder/page")),
});

const channels = createRoute({
  getParentRoute: () => shell,
  path: "/channels",
  loader: texts("channels"),
  component: lazyRouteComponent(() => import("@/features/channels/list")),
});

const channel = createRoute({
  getParentRoute: () => shell,
  path: "/channels/$channel",
  loader: texts("channels", "limits"),
  component: lazyRouteComponent(() => import("@/features/channels/page")),
});

const templates = createRoute({
  getParentRoute: () => shell,
  path: "/channels/templates",
  loader: texts("templates"),
  component: lazyRouteComponent(() => import("@/features/channels/templates")),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings/{-$section}",
  loader: texts("settings"),
  component: lazyRouteComponent(() => import("@/features/settings/page")),
});

const tree = root.addChildren([
  login,
  signup,
  shell.addChildren([overview, inbox, bots, bot.addChildren([flows]), flow, channels, templates, channel, settings]),
]);

export function createAppRouter(qc: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { qc },
    defaultPreload: "intent",
    defaultPendingComponent: Pending,
    defaultErrorComponent: Crash,
    defaultNotFoundComponent: NotFound,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

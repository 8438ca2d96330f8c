import { getRouteApi, Link } from "@tanstack/react-router";
import {
  Building2,
  History,
  type LucideIcon,
  ShieldCheck,
  Sparkles,
  Tags,
  UserRound,
  UsersRound,
  Variable,
} from "lucide-react";
import { type ComponentType, lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { allowed, type Module, useMe } from "@/lib/api/queries";
import { cn } from "@/lib/cn";
import { NoPermission, SkeletonRows } from "@/ui/states";

const route = getRouteApi("/shell/settings/{-$section}");

type Section = {
  key: "profile" | "security" | "company" | "teams" | "labels" | "models" | "globals" | "audit";
  icon: LucideIcon;
  module?: Module;
  view: ComponentType;
};

const SECTIONS: Section[] = [
  { key: "profile", icon: UserRound, view: lazy(() => import("./profile")) },
  { key: "security", icon: ShieldCheck, view: lazy(() => import("./security")) },
  { key: "company", icon: Building2, module: "company", view: lazy(() => import("./company")) },
  { key: "teams", icon: UsersRound, module: "team", view: lazy(() => import("./teams")) },
  { key: "labels", icon: Tags, module: "inbox", view: lazy(() => import("./labels")) },
  { key: "models", icon: Sparkles, module: "company", view: lazy(() => import("./models")) },
  { key: "globals", icon: Variable, module: "bots", view: lazy(() => import("./globals-form")) },
  { key: "audit", icon: History, module: "audit", view: lazy(() => import("./audit")) },
];

/** On a phone the row of sections is wider than the screen. */
const intoView = (link: HTMLElement | null) => link?.scrollIntoView({ inline: "nearest", block: "nearest" });

export default function SettingsPage() {
  const { t } = useTranslation(["settings", "common"]);
  const me = useMe();
  const { section = "profile" } = route.useParams();
  const shown = SECTIONS.filter((s) => !s.module || allowed(me, s.module));
  const current = shown.find((s) => s.key === section);
  const View = current?.view;
  return (
    <div className="mx-auto grid w-full max-w-6xl grid-cols-[minmax(0,1fr)] items-start gap-6 p-6 max-md:gap-4 max-md:p-4 md:grid-cols-[12rem_minmax(0,1fr)]">
      <div className="grid gap-4">
        <h1 className="font-semibold text-xl leading-7">{t("common:nav.settings")}</h1>
        <nav
          aria-label={t("sections")}
          className="thin-scroll flex gap-1 max-md:-mx-4 max-md:overflow-x-auto max-md:border-b max-md:px-4 max-md:pb-2 md:flex-col"
        >
          {shown.map(({ key, icon: Icon }) => (
            <Link
              key={key}
              ref={key === section ? intoView : undefined}
              to="/settings/{-$section}"
              params={{ section: key }}
              aria-current={key === section ? "page" : undefined}
              className={cn(
                "flex h-9 shrink-0 items-center gap-2.5 rounded-md px-2.5 font-medium text-muted hover:bg-sunken hover:text-text max-md:h-11",
                key === section && "bg-accent-soft text-accent hover:bg-accent-soft hover:text-accent",
              )}
            >
              <Icon aria-hidden className="size-4" />
              {t(`section.${key}`)}
            </Link>
          ))}
        </nav>
      </div>
      <div className="min-w-0 md:pt-11">
        {View ? (
          <Suspense fallback={<SkeletonRows rows={5} height={48} />}>
            <View />
          </Suspense>
        ) : (
          <NoPermission />
        )}
      </div>
    </div>
  );
}

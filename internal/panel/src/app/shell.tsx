import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { isLanguage, setLanguage } from "@/i18n";
import { allowed, countsQuery, useMe } from "@/lib/api/queries";
import { useSessionExpired } from "@/lib/api/session";
import { cn } from "@/lib/cn";
import { useHotkeys } from "@/lib/hotkeys";
import { LiveProvider } from "@/lib/realtime/live";
import { setTheme } from "@/lib/theme";
import { Count } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Tip } from "@/ui/tooltip";
import { Pending } from "./fallbacks";
import { LiveState } from "./live-state";
import { NAV, visible } from "./nav";
import { UserMenu } from "./user-menu";

const Bell = lazy(() => import("./bell"));
const Palette = lazy(() => import("./palette"));
const KeyList = lazy(() => import("./key-list"));
const SignInAgain = lazy(() => import("./sign-in-again"));

type Overlay = "palette" | "keys" | undefined;

/** The frame around every page behind the login. */
export function Shell() {
  const { t } = useTranslation();
  const expired = useSessionExpired();
  const [overlay, setOverlay] = useState<Overlay>();
  const close = () => setOverlay(undefined);
  usePreferences();
  useDense();
  useHotkeys({ "?": () => setOverlay("keys") });
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.key.toLowerCase() !== "k" || !(e.ctrlKey || e.metaKey)) return;
      e.preventDefault();
      setOverlay((now) => (now === "palette" ? undefined : "palette"));
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);

  return (
    <LiveProvider>
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-surface focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:px-3 focus:py-2"
      >
        {t("skip")}
      </a>
      <div className="flex h-full max-md:flex-col">
        <TopBar onSearch={() => setOverlay("palette")} onKeys={() => setOverlay("keys")} />
        <Side onSearch={() => setOverlay("palette")} onKeys={() => setOverlay("keys")} />
        <main id="main" tabIndex={-1} className="thin-scroll min-h-0 min-w-0 flex-1 overflow-auto outline-none">
          <Suspense fallback={<Pending />}>
            <Outlet />
          </Suspense>
        </main>
        <nav aria-label={t("menu")} className="flex shrink-0 justify-around border-t bg-surface px-1 md:hidden">
          <NavLinks compact />
        </nav>
      </div>
      <Suspense>
        {overlay === "palette" && <Palette onClose={close} onKeys={() => setOverlay("keys")} />}
        {overlay === "keys" && <KeyList onClose={close} />}
        {expired && <SignInAgain />}
      </Suspense>
    </LiveProvider>
  );
}

/** What the account prefers wins over what this browser remembered. */
function usePreferences() {
  const { language, theme } = useMe().user;
  useEffect(() => {
    if (isLanguage(language)) void setLanguage(language);
  }, [language]);
  useEffect(() => setTheme(theme), [theme]);
}

/** The inbox and the flow builder need the width: there the menu keeps its words for large screens. */
function useDense() {
  const dense = useLocation({ select: (l) => l.pathname.startsWith("/inbox") || /\/flows\/./.test(l.pathname) });
  useEffect(() => {
    document.documentElement.toggleAttribute("data-dense", dense);
  }, [dense]);
}

type BarProps = { onSearch: () => void; onKeys: () => void };

function Side({ onSearch, onKeys }: BarProps) {
  const { t } = useTranslation();
  const { company } = useMe();
  return (
    <div className="flex w-56 shrink-0 flex-col border-r bg-surface rail:w-14 max-md:hidden">
      <header className="flex h-14 shrink-0 items-center gap-2.5 px-[15px]">
        <Mark />
        <p className="truncate font-semibold rail:sr-only" title={company.name}>
          {company.name}
        </p>
      </header>
      <div className="px-2 pb-2">
        <Tip label={t("palette.open")} keys="Ctrl K" side="right" className="hidden rail:block">
          <Button className="w-full justify-start px-2.5 text-muted" onClick={onSearch}>
            <Search aria-hidden />
            <span className="rail:sr-only">{t("palette.open")}</span>
            <kbd aria-hidden className="ml-auto font-sans text-xs rail:hidden">
              Ctrl K
            </kbd>
          </Button>
        </Tip>
      </div>
      <nav aria-label={t("menu")} className="flex flex-1 flex-col gap-0.5 px-2">
        <NavLinks />
      </nav>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-1 border-t p-2">
        <LiveState />
        <div className="h-8">
          <Suspense>
            <Bell />
          </Suspense>
        </div>
        <UserMenu onKeys={onKeys} />
      </div>
    </div>
  );
}

function TopBar({ onSearch, onKeys }: BarProps) {
  const { t } = useTranslation();
  const { company } = useMe();
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface pr-1 pl-4 md:hidden">
      <Mark />
      <p className="min-w-0 flex-1 truncate font-semibold">{company.name}</p>
      <LiveState compact />
      <div className="size-11">
        <Suspense>
          <Bell compact />
        </Suspense>
      </div>
      <Button variant="ghost" size="icon" aria-label={t("palette.open")} onClick={onSearch}>
        <Search />
      </Button>
      <UserMenu onKeys={onKeys} compact />
    </header>
  );
}

const Mark = () => <img src="/favicon.svg" alt="" width={26} height={26} className="shrink-0" />;

function NavLinks({ compact }: { compact?: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const here = useLocation({ select: (l) => l.pathname });
  const inbox = allowed(me, "inbox");
  const { data: counts } = useQuery({ ...countsQuery, enabled: inbox });
  const waiting = counts?.waiting ?? 0;
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${t("app")}` : t("app");
  }, [waiting, t]);

  return NAV.filter((room) => visible(room, (module) => allowed(me, module))).map(
    ({ key, at, icon: Icon, link: to }) => {
      const active = at === "/" ? here === "/" : here.startsWith(at);
      const link = (
        <Link
          {...to}
          aria-current={active ? "page" : undefined}
          className={cn(
            "relative flex items-center font-medium text-muted transition-colors duration-[120ms] hover:text-text [&_svg]:size-[18px]",
            compact
              ? "min-w-14 flex-col justify-center gap-0.5 py-1.5 text-xs"
              : "h-9 gap-2.5 rounded-md px-2.5 hover:bg-sunken",
            active &&
              (compact
                ? "text-accent hover:text-accent"
                : "bg-accent-soft text-accent hover:bg-accent-soft hover:text-accent"),
          )}
        >
          <Icon aria-hidden />
          <span className={compact ? "" : "rail:sr-only"}>{t(`nav.${key}`)}</span>
          {key === "inbox" && (
            <Count
              n={waiting}
              label={t("waiting", { count: waiting })}
              className={
                compact
                  ? "absolute top-0.5 left-1/2 ml-1 h-4 min-w-4 px-1"
                  : "ml-auto rail:absolute rail:-top-0.5 rail:-right-1 rail:h-4 rail:min-w-4 rail:px-1"
              }
            />
          )}
        </Link>
      );
      return (
        <Tip key={key} label={t(`nav.${key}`)} side="right" className="hidden rail:block max-md:hidden">
          {link}
        </Tip>
      );
    },
  );
}

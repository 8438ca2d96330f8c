import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Keyboard, Languages, LogOut, Monitor, Moon, ShieldCheck, Sun, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isLanguage, LANGUAGES, setLanguage } from "@/i18n";
import { client, ok } from "@/lib/api/client";
import { meQuery, useMe } from "@/lib/api/queries";
import type { Me } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { session } from "@/lib/storage";
import { setTheme, THEMES, type Theme, useTheme } from "@/lib/theme";
import { Avatar } from "@/ui/avatar";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLine,
  MenuRadio,
  MenuRadioGroup,
  MenuSub,
  MenuSubContent,
  MenuSubTrigger,
  MenuTrigger,
} from "@/ui/menu";
import { sayProblem } from "@/ui/toast";

const themeIcons = { light: Sun, dark: Moon, system: Monitor };

/** Applies a preference at once and keeps it with the account. */
export function usePreference() {
  const qc = useQueryClient();
  return (change: { theme?: Theme; language?: Me["user"]["language"] }) => {
    qc.setQueryData(meQuery.queryKey, (me) => me && { ...me, user: { ...me.user, ...change } });
    if (change.theme) setTheme(change.theme);
    if (change.language) void setLanguage(change.language);
    ok(client.PATCH("/api/v1/me", { body: change })).then((me) => qc.setQueryData(meQuery.queryKey, me), sayProblem);
  };
}

/** Ends the session and leaves nothing of it in this tab: neither data in memory nor drafts. */
export async function logOut() {
  try {
    await ok(client.POST("/api/v1/auth/logout"));
  } catch (error) {
    return sayProblem(error);
  }
  session.clear();
  location.replace("/login");
}

export function UserMenu({ onKeys, compact }: { onKeys: () => void; compact?: boolean }) {
  const { t, i18n } = useTranslation();
  const { user } = useMe();
  const theme = useTheme();
  const navigate = useNavigate();
  const prefer = usePreference();
  const ThemeIcon = themeIcons[theme];
  return (
    <Menu>
      <MenuTrigger
        className={cn(
          "flex items-center gap-2.5 rounded-md hover:bg-sunken",
          compact ? "size-11 justify-center" : "min-h-11 w-full px-1 text-left",
        )}
      >
        <Avatar name={user.name} className="size-8" />
        <span className="sr-only">{t("user.menu")}</span>
        <span className={cn("min-w-0 flex-1", compact ? "hidden" : "rail:hidden")}>
          <span className="block truncate font-medium">{user.name}</span>
          <span className="block truncate text-muted text-xs">{user.email}</span>
        </span>
      </MenuTrigger>
      <MenuContent align={compact ? "end" : "start"} side={compact ? "bottom" : "top"} className="w-60">
        <MenuItem onSelect={() => navigate({ to: "/settings/{-$section}", params: { section: "profile" } })}>
          <UserRound aria-hidden />
          {t("user.profile")}
        </MenuItem>
        <MenuItem onSelect={() => navigate({ to: "/settings/{-$section}", params: { section: "security" } })}>
          <ShieldCheck aria-hidden />
          {t("user.security")}
        </MenuItem>
        <MenuItem className="max-md:hidden" onSelect={onKeys}>
          <Keyboard aria-hidden />
          {t("user.keys")}
        </MenuItem>
        <MenuLine />
        <MenuSub>
          <MenuSubTrigger>
            <ThemeIcon aria-hidden />
            {t("theme.title")}
          </MenuSubTrigger>
          <MenuSubContent>
            <MenuRadioGroup value={theme} onValueChange={(v) => prefer({ theme: v as Theme })}>
              {THEMES.map((one) => (
                <MenuRadio key={one} value={one}>
                  {t(`theme.${one}`)}
                </MenuRadio>
              ))}
            </MenuRadioGroup>
          </MenuSubContent>
        </MenuSub>
        <MenuSub>
          <MenuSubTrigger>
            <Languages aria-hidden />
            {t("language.title")}
          </MenuSubTrigger>
          <MenuSubContent>
            <MenuRadioGroup value={i18n.language} onValueChange={(v) => isLanguage(v) && prefer({ language: v })}>
              {LANGUAGES.map((one) => (
                <MenuRadio key={one} value={one} lang={one}>
                  {t(`language.${one}`)}
                </MenuRadio>
              ))}
            </MenuRadioGroup>
          </MenuSubContent>
        </MenuSub>
        <MenuLine />
        <MenuItem onSelect={() => void logOut()}>
          <LogOut aria-hidden />
          {t("user.logout")}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

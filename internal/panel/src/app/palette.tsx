import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Keyboard, Languages, LogOut, Moon, Sun } from "lucide-react";
import { type ReactNode, useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { allowed, useMe } from "@/lib/api/queries";
import { useContactName } from "@/lib/contact";
import { Avatar } from "@/ui/avatar";
import { useSnippet } from "@/ui/content/snippet";
import { Dialog } from "@/ui/dialog";
import { NAV, visible } from "./nav";
import { logOut, usePreference } from "./user-menu";

const group =
  "p-1 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted";

/** Ctrl+K: go anywhere, do the common things, find a conversation by name or phone. */
export default function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const prefer = usePreference();
  const [text, setText] = useState("");
  const found = useFound(useDeferredValue(text.trim()), allowed(me, "inbox"));
  const snippet = useSnippet();
  const nameOf = useContactName();
  const dark = document.documentElement.classList.contains("dark");
  const other = i18n.language === "es" ? "en" : "es";
  const then = (run: () => unknown) => () => {
    onClose();
    void run();
  };

  return (
    <Dialog open onClose={onClose} title={t("palette.open")} bare className="overflow-hidden">
      <Command label={t("palette.open")} loop>
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder={t("palette.placeholder")}
          className="h-12 w-full border-b bg-transparent px-4 outline-none max-md:text-base"
        />
        <Command.List className="thin-scroll max-h-96 overflow-auto">
          <Command.Empty className="p-8 text-center text-muted">{t("palette.empty")}</Command.Empty>
          <Command.Group heading={t("palette.pages")} className={group}>
            {NAV.filter((room) => visible(room, (module) => allowed(me, module))).map(({ key, icon: Icon, link }) => (
              <Item key={key} value={`page ${t(`nav.${key}`)}`} icon={<Icon />} onSelect={then(() => navigate(link))}>
                {t(`nav.${key}`)}
              </Item>
            ))}
          </Command.Group>
          {found.length > 0 && (
            <Command.Group heading={t("palette.conversations")} forceMount className={group}>
              {found.map((c) => (
                <Item
                  key={c.id}
                  value={`${c.id} ${text}`} // the server already searched: always a match
                  icon={<Avatar name={c.contact.name} initials={c.contact.initials} className="size-6" />}
                  onSelect={then(() => navigate({ to: "/inbox/{-$conversation}", params: { conversation: c.id } }))}
                >
                  {nameOf(c.contact)}
                  <span className="min-w-0 flex-1 truncate text-muted">{snippet(c.last.snippet)}</span>
                </Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading={t("palette.actions")} className={group}>
            <Item
              value={`theme ${t("theme.title")}`}
              icon={dark ? <Sun /> : <Moon />}
              onSelect={then(() => prefer({ theme: dark ? "light" : "dark" }))}
            >
              {t("theme.title")}: {t(dark ? "theme.light" : "theme.dark")}
            </Item>
            <Item
              value={`language ${t("language.title")}`}
              icon={<Languages />}
              onSelect={then(() => prefer({ language: other }))}
            >
              {t("language.title")}: {t(`language.${other}`)}
            </Item>
            <Item value={`keys ${t("user.keys")}`} icon={<Keyboard />} onSelect={onKeys}>
              {t("user.keys")}
            </Item>
            <Item value={`logout ${t("user.logout")}`} icon={<LogOut />} onSelect={then(logOut)}>
              {t("user.logout")}
            </Item>
          </Command.Group>
        </Command.List>
      </Command>
    </Dialog>
  );
}

type ItemProps = { value: string; icon: ReactNode; onSelect: () => void; children: ReactNode };

function Item({ icon, children, ...rest }: ItemProps) {
  return (
    <Command.Item
      {...rest}
      className="flex h-10 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-sunken [&_svg]:size-4 [&_svg]:text-muted"
    >
      <span aria-hidden className="grid w-6 shrink-0 place-items-center">
        {icon}
      </span>
      {children}
    </Command.Item>
  );
}

function useFound(q: string, may: boolean) {
  const { data } = useQuery({
    queryKey: ["palette", q],
    enabled: may && q.length >= 2,
    queryFn: async ({ signal }) =>
      (await ok(client.GET("/api/v1/conversations", { params: { query: { state: "all", q, limit: 5 } }, signal })))
        .items,
    placeholderData: (before) => before,
  });
  return q.length >= 2 ? (data ?? []) : [];
}

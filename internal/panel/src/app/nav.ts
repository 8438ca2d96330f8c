import { linkOptions } from "@tanstack/react-router";
import { Bot, ChartNoAxesColumn, Inbox, type LucideIcon, Radio, Settings } from "lucide-react";
import type { Module } from "@/lib/api/queries";

type Room = { key: "overview" | "inbox" | "bots" | "channels" | "settings"; icon: LucideIcon; module?: Module };

/** The rooms, in order: where they are, and whom they are for (without module: everybody). */
export const NAV = [
  { key: "overview", at: "/", icon: ChartNoAxesColumn, link: linkOptions({ to: "/" }) },
  {
    key: "inbox",
    at: "/inbox",
    icon: Inbox,
    module: "inbox",
    link: linkOptions({ to: "/inbox/{-$conversation}", params: { conversation: undefined } }),
  },
  { key: "bots", at: "/bots", icon: Bot, module: "bots", link: linkOptions({ to: "/bots" }) },
  { key: "channels", at: "/channels", icon: Radio, module: "channels", link: linkOptions({ to: "/channels" }) },
  {
    key: "settings",
    at: "/settings",
    icon: Settings,
    link: linkOptions({ to: "/settings/{-$section}", params: { section: undefined } }),
  },
] as const satisfies readonly (Room & { at: string; link: object })[];

export const visible = (room: Room, allowed: (module: Module) => boolean) => !room.module || allowed(room.module);

import { ArrowUp, Bell, MessageCircle, Paperclip, X } from "lucide-react";
import { type CSSProperties, useState } from "react";
import { useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { readableOn } from "./contrast";
import type { ChannelForm } from "./schema";

type Settings = ChannelForm["settings"];

// The widget's own colours (widget/src/view/chat.css); "auto" is shown light.
const light = {
  ground: "#fff",
  sunken: "#f4f4f7",
  line: "#e3e3e9",
  edge: "#8b8d98",
  text: "#1c1d22",
  muted: "#5d606b",
};
const dark = {
  ground: "#17181c",
  sunken: "#24262c",
  line: "#32353e",
  edge: "#7c808c",
  text: "#eceef2",
  muted: "#a4a8b3",
};

const ROUNDEST = 14; // px of what stands inside the panel

function lookOf(s: Settings): CSSProperties {
  const colours = s.theme === "dark" ? dark : light;
  const link = s.theme === "dark" ? `color-mix(in srgb, ${s.color}, #fff 45%)` : s.color;
  const all = {
    ...colours,
    link,
    accent: s.color,
    on: readableOn(s.color),
    round: `${Math.min(s.radius, ROUNDEST)}px`,
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`--chat-${name}`, value]));
}

/** How the chat will look on the shop's page, in the widget's own sizes and colours. form: show what is asked before. */
export function Preview({ form }: { form: boolean }) {
  const { t } = useTranslation(["channels", "common"]);
  const { watch } = useFormContext<ChannelForm>();
  const s = watch("settings");
  const [open, setOpen] = useState(true);
  const side = { alignSelf: s.position === "right" ? "end" : "start" };
  return (
    <section aria-label={t("preview.title")} className="lg:sticky lg:top-4">
      <div className="mb-2 flex items-center justify-between">
        <h2 className="font-medium">{t("preview.title")}</h2>
        <Button size="sm" variant="ghost" onClick={() => setOpen(!open)}>
          {t(open ? "preview.close" : "preview.open")}
        </Button>
      </div>
      <div
        inert
        style={lookOf(s)}
        className="relative flex h-[34rem] flex-col justify-end gap-3 overflow-hidden rounded-lg border bg-[#e8eaee] bg-[radial-gradient(#c9cdd6_1px,transparent_1px)] bg-[size:16px_16px] p-4 text-(--chat-text) text-[15px] leading-[1.4]"
      >
        {open && (
          <div
            className="flex min-h-0 w-full max-w-[320px] flex-1 flex-col overflow-hidden border border-(--chat-line) bg-(--chat-ground) shadow-[0_8px_32px_#0003]"
            style={{ ...side, borderRadius: s.radius }}
          >
            <div className="flex items-center gap-3 border-(--chat-line) border-b py-2.5 pr-3 pl-4">
              <span className="grid size-9 shrink-0 place-items-center rounded-full bg-(--chat-accent) font-semibold text-(--chat-on)">
                {(s.title || t("preview.noTitle")).slice(0, 1).toUpperCase()}
              </span>
              <div className="min-w-0 flex-1">
                <p className="truncate font-semibold">{s.title || t("preview.noTitle")}</p>
                {s.subtitle && <p className="truncate text-(--chat-muted) text-[13px]">{s.subtitle}</p>}
              </div>
              {s.sound && <Bell className="size-5 text-(--chat-muted)" />}
              <X className="size-5 text-(--chat-muted)" />
            </div>
            {form && s.prechat.length > 0 ? <Form s={s} /> : <Chat s={s} />}
          </div>
        )}
        <div
          className="flex h-14 min-w-14 items-center justify-center gap-2 rounded-[28px] bg-(--chat-accent) px-4 font-semibold text-(--chat-on) shadow-[0_4px_16px_#0004]"
          style={side}
        >
          {open ? <X className="size-6" /> : <MessageCircle className="size-6" />}
          {!open && s.launcher && <span className="max-w-56 truncate">{s.launcher}</span>}
        </div>
      </div>
    </section>
  );
}

function Chat({ s }: { s: Settings }) {
  const { t } = useTranslation(["channels", "common"]);
  return (
    <>
      <div className="flex min-h-0 flex-1 flex-col items-start gap-2 overflow-hidden p-4">
        {s.greeting && (
          <p className="max-w-[86%] whitespace-pre-line rounded-(--chat-round) bg-(--chat-sunken) px-3 py-2">
            {s.greeting}
          </p>
        )}
        {s.quick_replies.map(
          (r) =>
            r.label && (
              <span
                key={r.id}
                className="grid min-h-11 place-items-center rounded-(--chat-round) border border-(--chat-edge) px-4 py-1 font-semibold text-(--chat-link)"
              >
                {r.label}
              </span>
            ),
        )}
      </div>
      <div className="flex items-center gap-2 border-(--chat-line) border-t p-2">
        <Paperclip className="mx-2 size-5 shrink-0 text-(--chat-muted)" />
        <span className="flex h-11 min-w-0 flex-1 items-center truncate rounded-(--chat-round) border border-(--chat-edge) px-3 text-(--chat-muted)">
          {t("preview.write")}
        </span>
        <span className="grid size-11 shrink-0 place-items-center rounded-(--chat-round) bg-(--chat-sunken) text-(--chat-muted)">
          <ArrowUp className="size-5" />
        </span>
      </div>
    </>
  );
}

function Form({ s }: { s: Settings }) {
  const { t } = useTranslation(["channels", "common"]);
  return (
    <div className="grid content-start gap-3 overflow-hidden p-4">
      {s.prechat.map((f) => (
        <div key={f.key} className="grid gap-1">
          <p className="font-medium text-[14px]">
            {f.label}
            {f.required && " *"}
          </p>
          {f.type === "checkbox" ? (
            <span className="size-5 rounded border border-(--chat-edge)" />
          ) : (
            <span className="h-11 rounded-(--chat-round) border border-(--chat-edge)" />
          )}
        </div>
      ))}
      {s.consent_text && <p className="text-(--chat-muted) text-[13px]">{s.consent_text}</p>}
      <span className="grid h-11 place-items-center rounded-(--chat-round) bg-(--chat-accent) font-semibold text-(--chat-on)">
        {t("preview.start")}
      </span>
    </div>
  );
}

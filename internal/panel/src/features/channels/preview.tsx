import { MessageCircle, Paperclip, SendHorizontal, X } from "lucide-react";
import { useState } from "react";
import { useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { readableOn } from "./contrast";
import type { ChannelForm } from "./schema";

/** How the chat will look on the shop's page, in the widget's own sizes and colours. form: show what is asked before. */
export function Preview({ form }: { form: boolean }) {
  const { t } = useTranslation(["channels", "common"]);
  const { watch } = useFormContext<ChannelForm>();
  const s = watch("settings");
  const [open, setOpen] = useState(true);
  const right = s.position === "right";
  const colours = { backgroundColor: s.color, color: readableOn(s.color) };
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
        className="relative flex h-[34rem] flex-col justify-end gap-3 overflow-hidden rounded-lg border bg-[#e8eaee] bg-[radial-gradient(#c9cdd6_1px,transparent_1px)] bg-[size:16px_16px] p-4 text-[#1c1d22] text-[15px] leading-[1.4]"
      >
        {open && (
          <div
            className="flex min-h-0 w-full max-w-[320px] flex-1 flex-col overflow-hidden rounded-[14px] bg-[#fff] shadow-[0_4px_16px_#0004]"
            style={{ alignSelf: right ? "end" : "start" }}
          >
            <div className="flex items-center gap-3 px-4 py-3" style={colours}>
              <div className="min-w-0 flex-1">
                <p className="truncate font-semibold">{s.title || t("preview.noTitle")}</p>
                {s.subtitle && <p className="truncate text-[13px]">{s.subtitle}</p>}
              </div>
              <X className="size-5" />
            </div>
            {form && s.prechat.length > 0 ? <Form s={s} colours={colours} /> : <Chat s={s} />}
          </div>
        )}
        <div
          className="flex h-14 min-w-14 items-center justify-center gap-2 rounded-[28px] px-4 font-semibold shadow-[0_4px_16px_#0004]"
          style={{ ...colours, alignSelf: right ? "end" : "start" }}
        >
          {open ? <X className="size-6" /> : <MessageCircle className="size-6" />}
          {!open && s.launcher && <span className="max-w-56 truncate">{s.launcher}</span>}
        </div>
      </div>
    </section>
  );
}

type Settings = ChannelForm["settings"];

function Chat({ s }: { s: Settings }) {
  const { t } = useTranslation(["channels", "common"]);
  return (
    <>
      <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-hidden p-4">
        {s.greeting && (
          <p className="max-w-[85%] self-start whitespace-pre-line rounded-[14px] rounded-bl-[4px] bg-[#f4f4f7] px-3.5 py-2.5">
            {s.greeting}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          {s.quick_replies.map(
            (r) =>
              r.label && (
                <span
                  key={r.id}
                  className="rounded-full border px-3.5 py-2 font-medium text-[14px]"
                  style={{ borderColor: s.color }}
                >
                  {r.label}
                </span>
              ),
          )}
        </div>
      </div>
      <div className="m-3 flex items-center gap-2 rounded-[12px] border border-[#c9cdd6] px-3 py-2 text-[#5d606b]">
        <Paperclip className="size-5" />
        <span className="flex-1 truncate">{t("preview.write")}</span>
        <SendHorizontal className="size-5" />
      </div>
    </>
  );
}

function Form({ s, colours }: { s: Settings; colours: React.CSSProperties }) {
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
            <span className="size-5 rounded border border-[#8b8f9c]" />
          ) : (
            <span className="h-11 rounded-[10px] border border-[#c9cdd6]" />
          )}
        </div>
      ))}
      {s.consent_text && <p className="text-[#5d606b] text-[13px]">{s.consent_text}</p>}
      <span className="grid h-11 place-items-center rounded-[10px] font-semibold" style={colours}>
        {t("preview.start")}
      </span>
    </div>
  );
}

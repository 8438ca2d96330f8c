import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { ChannelField, ChannelKind } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Field, FormError, Input, Select, Textarea } from "@/ui/field";
import { BotSelect } from "./bot-select";
import { fieldGroups, type KindForm } from "./kind-form";

type Props = { kind: ChannelKind; kept?: readonly string[] };

/** A channel's form as its kind describes it. kept: secrets that are stored. */
export function KindFields({ kind, kept = [] }: Props) {
  const { t } = useTranslation(["channels", "common"]);
  const { register, watch, formState } = useFormContext<KindForm>();
  const { errors } = formState;
  const { main, more } = fieldGroups(kind.fields);
  const wrong = more.some((f) => errors.values?.[f.key]);
  return (
    <>
      <FormError message={errors.root?.message} />
      <Field label={t("name")} error={errors.name?.message} hint={t("nameHint")}>
        <Input {...register("name")} />
      </Field>
      {main.map((f) => (
        <Asked key={f.key} field={f} kept={kept.includes(f.key)} />
      ))}
      <Field label={t("bot.label")} error={errors.bot_id?.message} hint={t("bot.hint")}>
        <BotSelect {...register("bot_id")} value={watch("bot_id")} />
      </Field>
      {more.length > 0 && (
        <details open={wrong || undefined} className="rounded-md border px-3">
          <summary className="flex min-h-10 cursor-pointer items-center font-medium">{t("field.more")}</summary>
          <div className="grid gap-4 pt-1 pb-4">
            {more.map((f) => (
              <Asked key={f.key} field={f} kept={kept.includes(f.key)} />
            ))}
          </div>
        </details>
      )}
    </>
  );
}

function Asked({ field: f, kept }: { field: ChannelField; kept: boolean }) {
  const { t } = useTranslation(["channels", "common"]);
  const { register, formState } = useFormContext<KindForm>();
  const hint = [
    f.help,
    f.type === "secret" && kept && t("field.kept"),
    !f.required && !f.generate && t("field.optional"),
  ];
  const props = { ...register(`values.${f.key}`), autoComplete: "off", spellCheck: false };
  return (
    <Field label={f.label} hint={hint.filter(Boolean).join(" ")} error={formState.errors.values?.[f.key]?.message}>
      {f.type === "select" ? (
        <Select {...props}>
          {!f.required && !f.default && <option value="">–</option>}
          {f.options?.map((o) => (
            <option key={o} value={o}>
              {o}
            </option>
          ))}
        </Select>
      ) : f.type === "area" ? (
        <Textarea {...props} className="font-mono text-xs" />
      ) : f.type === "secret" ? (
        <Secret {...props} label={f.label} placeholder={kept ? "••••••••" : undefined} />
      ) : (
        <Input {...props} type={f.type === "phone" ? "tel" : "text"} inputMode={f.type === "url" ? "url" : undefined} />
      )}
    </Field>
  );
}

function Secret({ label, ...props }: ComponentProps<"input"> & { label: string }) {
  const { t } = useTranslation(["channels", "common"]);
  const [shown, setShown] = useState(false);
  return (
    <div className="flex gap-2">
      {/* not a password of this site: a browser must neither keep it nor fill one in */}
      <Input {...props} type={shown ? "text" : "password"} autoComplete="new-password" className="min-w-0" />
      <Button
        size="icon"
        aria-label={t(shown ? "field.hide" : "field.show", { name: label })}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOff /> : <Eye />}
      </Button>
    </div>
  );
}

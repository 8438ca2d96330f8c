import { Plus, Trash2 } from "lucide-react";
import { Controller, useFieldArray, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/ui/field";
import { Card } from "@/ui/page";
import { BotSelect } from "./bot-select";
import type { ChannelForm } from "./schema";

export function Appearance() {
  const { t } = useTranslation(["channels", "common"]);
  const { register, control, watch, formState } = useFormContext<ChannelForm>();
  const wrong = formState.errors.settings;
  return (
    <>
      <Card>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("name")} hint={t("nameHint")} error={formState.errors.name?.message}>
            <Input {...register("name")} />
          </Field>
          <Field label={t("bot.label")} hint={t("bot.hint")} error={formState.errors.bot_id?.message}>
            <BotSelect {...register("bot_id")} value={watch("bot_id")} />
          </Field>
        </div>
      </Card>
      <Card title={t("look.title")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("look.heading")} error={wrong?.title?.message}>
            <Input {...register("settings.title")} />
          </Field>
          <Field label={t("look.subtitle")} error={wrong?.subtitle?.message}>
            <Input {...register("settings.subtitle")} />
          </Field>
          <Controller
            control={control}
            name="settings.color"
            render={({ field }) => (
              <Field label={t("look.color")} hint={t("look.colorHint")} error={wrong?.color?.message}>
                <Color value={field.value} onChange={field.onChange} />
              </Field>
            )}
          />
          <Field label={t("look.launcher")} hint={t("look.launcherHint")} error={wrong?.launcher?.message}>
            <Input {...register("settings.launcher")} />
          </Field>
          <Field label={t("look.position")}>
            <Select {...register("settings.position")}>
              <option value="right">{t("look.right")}</option>
              <option value="left">{t("look.left")}</option>
            </Select>
          </Field>
          <Field label={t("common:language.title")}>
            <Select {...register("settings.language")}>
              <option value="auto">{t("look.auto")}</option>
              <option value="es">{t("common:language.es")}</option>
              <option value="en">{t("common:language.en")}</option>
              <option value="ar">{t("look.ar")}</option>
            </Select>
          </Field>
          <Field label={t("common:theme.title")}>
            <Select {...register("settings.theme")}>
              <option value="auto">{t("look.auto")}</option>
              <option value="light">{t("common:theme.light")}</option>
              <option value="dark">{t("common:theme.dark")}</option>
            </Select>
          </Field>
          <Field label={t("look.radius")} error={wrong?.radius?.message}>
            <Input type="number" min={0} max={24} {...register("settings.radius", { valueAsNumber: true })} />
          </Field>
          <Field
            label={t("look.greeting")}
            hint={t("look.greetingHint")}
            error={wrong?.greeting?.message}
            className="sm:col-span-2"
          >
            <Textarea {...register("settings.greeting")} />
          </Field>
        </div>
      </Card>
      <QuickReplies />
      <Proactive />
      <Card title={t("more.title")}>
        <div className="grid gap-4">
          <Checkbox label={t("more.sound")} {...register("settings.sound")} />
          <Field label={t("more.css")} hint={t("more.cssHint")} error={wrong?.custom_css?.message}>
            <Textarea rows={4} spellCheck={false} className="font-mono text-xs" {...register("settings.custom_css")} />
          </Field>
        </div>
      </Card>
    </>
  );
}

function Color({ value, onChange, ...rest }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation(["channels", "common"]);
  return (
    <div className="flex gap-2">
      <input
        type="color"
        aria-label={t("look.pickColor")}
        value={/^#[0-9a-f]{6}$/i.test(value) ? value : "#000000"}
        onChange={(e) => onChange(e.target.value)}
        className="h-9 w-12 shrink-0 cursor-pointer rounded-md border bg-surface p-1 max-md:h-11"
      />
      <Input
        value={value}
        onChange={(e) => onChange(e.target.value)}
        spellCheck={false}
        className="font-mono"
        {...rest}
      />
    </div>
  );
}

function QuickReplies() {
  const { t } = useTranslation(["channels", "common"]);
  const { register, control, formState } = useFormContext<ChannelForm>();
  const list = useFieldArray({ control, name: "settings.quick_replies", keyName: "key" });
  return (
    <Card title={t("quick.title")} lead={t("quick.lead")}>
      <div className="grid gap-2">
        {list.fields.map((field, i) => (
          <div key={field.key} className="flex gap-2">
            <Input
              aria-label={t("quick.label", { n: i + 1 })}
              aria-invalid={!!formState.errors.settings?.quick_replies?.[i]?.label || undefined}
              {...register(`settings.quick_replies.${i}.label`)}
            />
            <Button
              variant="ghost"
              size="icon"
              aria-label={t("quick.remove", { n: i + 1 })}
              onClick={() => list.remove(i)}
            >
              <Trash2 />
            </Button>
          </div>
        ))}
        {list.fields.length < 8 && (
          <Button
            size="sm"
            className="justify-self-start"
            onClick={() => list.append({ id: crypto.randomUUID(), label: "" })}
          >
            <Plus aria-hidden />
            {t("quick.add")}
          </Button>
        )}
      </div>
    </Card>
  );
}

function Proactive() {
  const { t } = useTranslation(["channels", "common"]);
  const { register, control, watch, formState } = useFormContext<ChannelForm>();
  const on = !!watch("settings.proactive");
  const wrong = formState.errors.settings?.proactive;
  return (
    <Card title={t("invite.title")} lead={t("invite.lead")}>
      <div className="grid gap-4">
        <Controller
          control={control}
          name="settings.proactive"
          render={({ field }) => (
            <Checkbox
              label={t("invite.on")}
              checked={on}
              onChange={(e) =>
                field.onChange(e.target.checked ? { after_seconds: 20, text: t("invite.example") } : undefined)
              }
            />
          )}
        />
        {on && (
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={t("invite.text")} error={wrong?.text?.message} className="sm:col-span-2">
              <Input {...register("settings.proactive.text")} />
            </Field>
            <Field label={t("invite.after")} error={wrong?.after_seconds?.message}>
              <Input type="number" min={0} {...register("settings.proactive.after_seconds", { valueAsNumber: true })} />
            </Field>
            <Field label={t("invite.where")} hint={t("invite.whereHint")}>
              <Input placeholder="/checkout" {...register("settings.proactive.url_contains")} />
            </Field>
          </div>
        )}
      </div>
    </Card>
  );
}

import { ChevronDown, ChevronUp, Plus, Trash2 } from "lucide-react";
import { Controller, useFieldArray, useFormContext } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { PrechatField } from "@/lib/api/types";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Checkbox, Field, Input, Select, Textarea } from "@/ui/field";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/ui/menu";
import { Card } from "@/ui/page";
import type { ChannelForm } from "./schema";

// The first three fill the customer's own details; the others become fields of theirs.
const KNOWN = { name: "text", email: "email", phone: "tel" } as const satisfies Record<string, PrechatField["type"]>;
const OWN = ["text", "select", "checkbox"] as const satisfies PrechatField["type"][];

/** What is asked before the conversation begins. */
export function Prechat() {
  const { t } = useTranslation(["channels", "common"]);
  const { register, control, watch, formState } = useFormContext<ChannelForm>();
  const list = useFieldArray({ control, name: "settings.prechat", keyName: "row" });
  const used = new Set(list.fields.map((f) => f.key));
  const known = (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).filter((key) => !used.has(key));
  return (
    <Card title={t("prechat.title")} lead={t("prechat.lead")}>
      <div className="grid gap-3">
        {list.fields.length === 0 && <p className="text-muted">{t("prechat.none")}</p>}
        {list.fields.map((field, i) => (
          <div key={field.row} className="grid gap-3 rounded-md border p-3">
            <div className="flex items-end gap-2">
              <Field
                className="flex-1"
                label={t("prechat.label", { kind: t(`prechat.kind.${kindOf(field)}`) })}
                error={formState.errors.settings?.prechat?.[i]?.label?.message}
              >
                <Input {...register(`settings.prechat.${i}.label`)} />
              </Field>
              <Button
                variant="ghost"
                size="icon"
                disabled={i === 0}
                aria-label={t("prechat.up", { name: field.label })}
                onClick={() => list.move(i, i - 1)}
              >
                <ChevronUp />
              </Button>
              <Button
                variant="ghost"
                size="icon"
                disabled={i === list.fields.length - 1}
                aria-label={t("prechat.down", { name: field.label })}
                onClick={() => list.move(i, i + 1)}
              >
                <ChevronDown />
              </Button>
              <Button
                variant="ghost"
                size="icon"
                aria-label={t("prechat.remove", { name: field.label })}
                onClick={() => list.remove(i)}
              >
                <Trash2 />
              </Button>
            </div>
            {!(field.key in KNOWN) && (
              <Field label={t("prechat.type")}>
                <Select {...register(`settings.prechat.${i}.type`)}>
                  {OWN.map((type) => (
                    <option key={type} value={type}>
                      {t(`prechat.types.${type}`)}
                    </option>
                  ))}
                </Select>
              </Field>
            )}
            {watch(`settings.prechat.${i}.type`) === "select" && (
              <Controller
                control={control}
                name={`settings.prechat.${i}.options`}
                render={({ field: options }) => (
                  <Chips comma label={t("prechat.options")} value={options.value ?? []} onChange={options.onChange} />
                )}
              />
            )}
            <Checkbox label={t("prechat.required")} {...register(`settings.prechat.${i}.required`)} />
          </div>
        ))}
        {list.fields.length < 8 && (
          <Menu>
            <MenuTrigger asChild>
              <Button size="sm" className="justify-self-start">
                <Plus aria-hidden />
                {t("prechat.add")}
              </Button>
            </MenuTrigger>
            <MenuContent align="start">
              {known.map((key) => (
                <MenuItem
                  key={key}
                  onSelect={() =>
                    list.append({ key, label: t(`prechat.kind.${key}`), type: KNOWN[key], required: false })
                  }
                >
                  {t(`prechat.kind.${key}`)}
                </MenuItem>
              ))}
              <MenuItem onSelect={() => list.append({ key: freeKey(used), label: "", type: "text", required: false })}>
                {t("prechat.kind.own")}
              </MenuItem>
            </MenuContent>
          </Menu>
        )}
        {list.fields.length > 0 && (
          <Field
            label={t("prechat.consent")}
            hint={t("prechat.consentHint")}
            error={formState.errors.settings?.consent_text?.message}
          >
            <Textarea rows={2} {...register("settings.consent_text")} />
          </Field>
        )}
      </div>
    </Card>
  );
}

const kindOf = ({ key }: { key: string }) => (key in KNOWN ? (key as keyof typeof KNOWN) : "own");

/** A name for an own field that no other has: "field_1". */
export function freeKey(used: ReadonlySet<string>): string {
  let n = 1;
  while (used.has(`field_${n}`)) n++;
  return `field_${n}`;
}

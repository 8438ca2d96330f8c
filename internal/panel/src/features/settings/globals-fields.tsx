import { Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { Controller, type UseFormReturn, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Chips } from "@/ui/chips";
import { Field, Input, Select, Textarea } from "@/ui/field";
import { type Rows, TYPES } from "./globals-model";

type Props = { form: UseFormReturn<Rows>; index: number; may: boolean; onRemove: () => void };

/** One value: its name, its type, and the control of that type. */
export function ValueFields({ form, index, may, onRemove }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const [name, type] = useWatch({ control: form.control, name: [`values.${index}.name`, `values.${index}.type`] });
  const errors = form.formState.errors.values?.[index];
  const typed = form.register(`values.${index}.type`, {
    // What was typed for one type is seldom one of another.
    onChange: (e) => form.setValue(`values.${index}.text`, e.target.value === "bool" ? "true" : ""),
  });
  return (
    <Row name={name} onRemove={may ? onRemove : undefined}>
      <Field
        label={t("globals.name")}
        error={errors?.name?.message}
        hint={name && <Reference path={`global.${name}`} />}
      >
        <Input spellCheck={false} autoCapitalize="none" {...form.register(`values.${index}.name`)} />
      </Field>
      <Field label={t("globals.type")}>
        <Select {...typed}>
          {TYPES.map((one) => (
            <option key={one} value={one}>
              {t(`globals.types.${one}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Value form={form} index={index} type={type} may={may} error={errors?.text?.message} />
    </Row>
  );
}

type ValueProps = Pick<Props, "form" | "index" | "may"> & { type: Rows["values"][number]["type"]; error?: string };

function Value({ form, index, type, may, error }: ValueProps) {
  const { t } = useTranslation(["settings", "common"]);
  const field = form.register(`values.${index}.text`);
  if (type === "list")
    return (
      <Controller
        control={form.control}
        name={`values.${index}.items`}
        render={({ field: { value, onChange } }) => (
          <Chips
            label={t("globals.value")}
            hint={t("globals.listHint")}
            error={error}
            value={value}
            onChange={onChange}
            disabled={!may}
          />
        )}
      />
    );
  return (
    <Field label={t("globals.value")} error={error} hint={type === "date" ? t("globals.dateHint") : undefined}>
      {type === "text" && <Textarea rows={1} {...field} />}
      {type === "number" && <Input type="number" step="any" {...field} />}
      {type === "date" && <Input type="datetime-local" {...field} />}
      {type === "bool" && (
        <Select {...field}>
          <option value="true">{t("globals.yes")}</option>
          <option value="false">{t("globals.no")}</option>
        </Select>
      )}
    </Field>
  );
}

/** One secret. Its value goes in and is never shown again, so one that is there keeps its name. */
export function SecretFields({ form, index, may, onRemove }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const [name, kept] = useWatch({ control: form.control, name: [`secrets.${index}.name`, `secrets.${index}.kept`] });
  const errors = form.formState.errors.secrets?.[index];
  return (
    <Row name={name} onRemove={may ? onRemove : undefined} secret>
      <Field
        label={t("globals.name")}
        error={errors?.name?.message}
        hint={name && <Reference path={`secret.${name}`} />}
      >
        <Input spellCheck={false} autoCapitalize="none" readOnly={kept} {...form.register(`secrets.${index}.name`)} />
      </Field>
      <Field
        label={t("globals.value")}
        error={errors?.text?.message}
        hint={kept ? t("globals.secretKept") : t("globals.secretOnce")}
      >
        <Input
          type="password"
          autoComplete="new-password"
          maxLength={4096}
          placeholder={kept ? "••••••••" : undefined}
          {...form.register(`secrets.${index}.text`)}
        />
      </Field>
    </Row>
  );
}

type RowProps = { name: string; onRemove: (() => void) | undefined; secret?: boolean; children: ReactNode };

function Row({ name, onRemove, secret, children }: RowProps) {
  const { t } = useTranslation(["settings", "common"]);
  const columns = secret
    ? "sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]"
    : "sm:grid-cols-[minmax(0,2fr)_8rem_minmax(0,3fr)]";
  return (
    <li className="flex items-start gap-3 p-4">
      <div className={`grid min-w-0 flex-1 gap-3 ${columns}`}>{children}</div>
      {onRemove && (
        <Button
          variant="ghost"
          size="icon"
          className="mt-6.5"
          aria-label={t("globals.remove", { name: name || t("globals.unnamed") })}
          onClick={onRemove}
        >
          <Trash2 />
        </Button>
      )}
    </li>
  );
}

/** How a flow's text names it. */
function Reference({ path }: { path: string }) {
  return <code className="[overflow-wrap:anywhere]">{`{{${path}}}`}</code>;
}

import { ChevronDown, ChevronUp, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { emptyItem } from "../model/edits";
import type { Data } from "../model/types";
import { type FieldProps, Fields } from "./field-view";

/** Items with fields of their own; an item's id is made here and not shown. */
export function ListKind({ field, label, hint, error, value, onChange, path, around, at, disabled }: FieldProps) {
  const { t } = useTranslation("flows");
  const items = Array.isArray(value) ? (value as Data[]) : [];
  const parts = (field.of ?? []).filter((part) => part.key !== "id");
  const full = field.max ? items.length >= field.max : false;
  const set = (next: Data[]) => onChange(next.length > 0 || field.required ? next : undefined);
  const change = (i: number, key: string, part: unknown) =>
    set(
      items.map((item, n) => {
        if (n !== i) return item;
        const { [key]: _, ...rest } = item;
        return part === undefined ? rest : { ...item, [key]: part };
      }),
    );
  const swap = (i: number, to: number) => {
    const next = [...items];
    const [item] = next.splice(i, 1);
    if (item) next.splice(to, 0, item);
    set(next);
  };
  return (
    <fieldset className="grid min-w-0 gap-2">
      <legend className="mb-1.5 font-medium">{label}</legend>
      {hint && <p className="text-muted text-xs">{hint}</p>}
      <ol className="grid min-w-0 gap-2">
        {items.map((item, i) => (
          <li key={String(item.id ?? i)} className="grid min-w-0 gap-2 rounded-md border bg-bg p-2.5">
            <div className="-mt-1 -mr-1 flex items-center">
              <span className="flex-1 text-muted text-xs tabular-nums">{i + 1}</span>
              {!disabled && (
                <>
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={t("list.up", { n: i + 1 })}
                    disabled={i === 0}
                    onClick={() => swap(i, i - 1)}
                  >
                    <ChevronUp />
                  </Button>
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={t("list.down", { n: i + 1 })}
                    disabled={i === items.length - 1}
                    onClick={() => swap(i, i + 1)}
                  >
                    <ChevronDown />
                  </Button>
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={t("list.remove", { n: i + 1 })}
                    onClick={() => set(items.filter((_, n) => n !== i))}
                  >
                    <Trash2 />
                  </Button>
                </>
              )}
            </div>
            <Fields
              fields={parts}
              data={item}
              outer={around}
              base={`${path}[${i}].`}
              onChange={(key, part) => change(i, key, part)}
              at={at}
            />
          </li>
        ))}
      </ol>
      {error && <p className="text-danger text-xs">{error}</p>}
      {!disabled && !full && (
        <Button size="sm" className="justify-self-start" onClick={() => set([...items, emptyItem(field, items)])}>
          <Plus aria-hidden />
          {t("list.item")}
        </Button>
      )}
    </fieldset>
  );
}

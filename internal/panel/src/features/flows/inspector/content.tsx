import { LoaderCircle, Paperclip, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import type { Media } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { upload } from "@/lib/upload";
import { Button } from "@/ui/button";
import { Field, Input, Select } from "@/ui/field";
import { useBuilder } from "../builder/context";
import { CodeField } from "../code/code-field";
import { freshId } from "../model/edits";
import type { ContentButton, ContentCard, ContentRow, FlowContent, FlowProblem } from "../model/types";
import type { FieldProps } from "./field-view";
import { TextLine } from "./kinds-text";

const TYPES = [
  "text",
  "image",
  "video",
  "audio",
  "voice",
  "document",
  "buttons",
  "list",
  "products",
  "location",
  "contact",
] as const;
const FILES: ReadonlySet<string> = new Set(["image", "video", "audio", "voice", "document"]);
const ACCEPT: Record<string, string> = { image: "image/*", video: "video/*", audio: "audio/*", voice: "audio/*" };

/** A message of any type. Changing the type keeps the words and drops what the new one cannot carry. */
export function ContentKind({ label, error, hint, value, onChange, path, at, disabled }: FieldProps) {
  const { t } = useTranslation(["flows", "common"]);
  const content = (value ?? { type: "text", text: {} }) as FlowContent;
  const set = (part: Partial<FlowContent>) => onChange({ ...content, ...part });
  const own = { content, set, path, at, disabled };
  return (
    <fieldset className="grid min-w-0 gap-4">
      <legend className="sr-only">{label}</legend>
      <Field label={t("content.type")} error={error ?? at(`${path}.type`)[0]?.message} hint={hint}>
        <Select
          value={content.type}
          disabled={disabled}
          onChange={(e) => onChange(changed(content, e.target.value as FlowContent["type"]))}
        >
          {TYPES.map((type) => (
            <option key={type} value={type}>
              {t(`common:content.type.${type}`)}
            </option>
          ))}
        </Select>
      </Field>
      {FILES.has(content.type) && <File {...own} />}
      <TextLine
        label={t(content.type === "text" ? "content.text" : "content.caption")}
        multiline
        value={content.text}
        onChange={(text) => set({ text })}
        path={`${path}.text`}
        at={at}
      />
      {content.type === "buttons" && <Buttons {...own} />}
      {content.type === "list" && <Rows {...own} />}
      {content.type === "products" && <Cards {...own} />}
      {content.type === "location" && <Place {...own} />}
      {content.type === "contact" && <Card {...own} />}
    </fieldset>
  );
}

function changed(content: FlowContent, type: FlowContent["type"]): FlowContent {
  const text = content.text ?? {};
  switch (type) {
    case "buttons":
      return { type, text, buttons: content.buttons ?? [{ id: "o1", label: {} }] };
    case "list":
      return { type, text, list: content.list ?? { items: [{ id: "o1", label: {} }] } };
    case "products":
      return { type, text, products: content.products ?? [{ id: "p1", title: {} }] };
    case "location":
      return { type, text, location: content.location };
    case "contact":
      return { type, text, contact: content.contact ?? { name: "" } };
    default:
      return { type, text, ...(FILES.has(type) && content.media && { media: content.media }) };
  }
}

type PartProps = {
  content: FlowContent;
  set: (part: Partial<FlowContent>) => void;
  path: string;
  at: (path: string) => readonly FlowProblem[];
  disabled: boolean;
};

function File({ content, set, path, at, disabled }: PartProps) {
  const { t } = useTranslation("flows");
  const format = useFormat();
  const input = useRef<HTMLInputElement>(null);
  const [share, setShare] = useState<number>();
  const [failed, setFailed] = useState<string>();
  const error = failed ?? at(`${path}.media`)[0]?.message;
  const add = async (file: File | undefined) => {
    if (!file) return;
    setFailed(undefined);
    setShare(0);
    try {
      // Its address is signed anew whenever it is read, so it is not kept.
      const { url: _, ...media } = (await upload(file, setShare).done) as Media;
      set({ media });
    } catch (problem) {
      setFailed(Problem.from(problem).message);
    } finally {
      setShare(undefined);
    }
  };
  return (
    <div className="grid gap-1.5">
      <div className="flex items-center gap-2">
        <Button size="sm" disabled={disabled || share !== undefined} onClick={() => input.current?.click()}>
          {share === undefined ? <Paperclip aria-hidden /> : <LoaderCircle aria-hidden className="animate-spin" />}
          {share === undefined ? t(content.media ? "content.replace" : "content.upload") : format.percent(share)}
        </Button>
        {content.media && (
          <span className="min-w-0 truncate text-muted text-xs">
            {[content.media.name, content.media.size && format.size(content.media.size)].filter(Boolean).join(" · ")}
          </span>
        )}
        <input
          ref={input}
          type="file"
          hidden
          accept={ACCEPT[content.type]}
          onChange={(e) => {
            void add(e.target.files?.[0]);
            e.target.value = "";
          }}
        />
      </div>
      {error && (
        <p role="alert" className="text-danger text-xs">
          {error}
        </p>
      )}
    </div>
  );
}

type ItemsProps<T> = {
  label: string;
  items: readonly T[];
  max: number;
  disabled: boolean;
  error: string | undefined;
  onChange: (items: T[]) => void;
  fresh: () => T;
  children: (item: T, i: number, change: (part: Partial<T>) => void) => ReactNode;
};

/** Items of a message, each in a frame. */
function Items<T extends { id: string }>(props: ItemsProps<T>) {
  const { label, items, max, disabled, error, onChange, fresh, children } = props;
  const { t } = useTranslation("flows");
  return (
    <fieldset className="grid min-w-0 gap-2">
      <legend className="mb-1.5 font-medium">{label}</legend>
      {items.map((item, i) => (
        <div key={item.id} className="grid min-w-0 gap-2 rounded-md border bg-bg p-2.5">
          <div className="-mt-1 -mr-1 flex items-center">
            <span className="flex-1 text-muted text-xs tabular-nums">{i + 1}</span>
            {!disabled && (
              <Button
                variant="ghost"
                size="icon-sm"
                aria-label={t("list.remove", { n: i + 1 })}
                onClick={() => onChange(items.filter((one) => one !== item))}
              >
                <Trash2 />
              </Button>
            )}
          </div>
          {children(item, i, (part) => onChange(items.map((one) => (one === item ? { ...one, ...part } : one))))}
        </div>
      ))}
      {error && <p className="text-danger text-xs">{error}</p>}
      {!disabled && items.length < max && (
        <Button size="sm" className="justify-self-start" onClick={() => onChange([...items, fresh()])}>
          <Plus aria-hidden />
          {t("list.item")}
        </Button>
      )}
    </fieldset>
  );
}

const idsOf = (items: readonly { id: string }[]) => items.map((one) => one.id);

function Buttons({ content, set, path, at, disabled }: PartProps) {
  const { t } = useTranslation("flows");
  const items = content.buttons ?? [];
  return (
    <Items<ContentButton>
      label={t("content.buttons")}
      items={items}
      max={20}
      disabled={disabled}
      error={at(`${path}.buttons`)[0]?.message}
      onChange={(buttons) => set({ buttons })}
      fresh={() => ({ id: freshId("o", idsOf(items)), label: {} })}
    >
      {(b, i, change) => (
        <>
          <TextLine
            label={t("content.label")}
            value={b.label}
            onChange={(label) => change({ label: label ?? {} })}
            path={`${path}.buttons[${i}].label`}
            at={at}
          />
          <CodeField
            mode="template"
            label={t("content.url")}
            value={b.url ?? ""}
            onChange={(url) => change({ url: url || undefined })}
            problems={at(`${path}.buttons[${i}].url`)}
          />
        </>
      )}
    </Items>
  );
}

function Rows({ content, set, path, at, disabled }: PartProps) {
  const { t } = useTranslation("flows");
  const list = content.list ?? { items: [] };
  const line = (
    key: "label" | "description" | "section",
    row: ContentRow,
    i: number,
    change: (part: Partial<ContentRow>) => void,
  ) => (
    <TextLine
      label={t(`content.row.${key}`)}
      value={row[key]}
      onChange={(text) => change({ [key]: text ?? (key === "label" ? {} : undefined) })}
      path={`${path}.list.items[${i}].${key}`}
      at={at}
    />
  );
  return (
    <>
      <TextLine
        label={t("content.open")}
        value={list.open}
        onChange={(open) => set({ list: { ...list, open } })}
        path={`${path}.list.open`}
        at={at}
      />
      <Items<ContentRow>
        label={t("content.rows")}
        items={list.items}
        max={50}
        disabled={disabled}
        error={at(`${path}.list.items`)[0]?.message}
        onChange={(items) => set({ list: { ...list, items } })}
        fresh={() => ({ id: freshId("o", idsOf(list.items)), label: {} })}
      >
        {(row, i, change) => (
          <>
            {line("label", row, i, change)}
            {line("description", row, i, change)}
            {line("section", row, i, change)}
          </>
        )}
      </Items>
    </>
  );
}

function Cards({ content, set, path, at, disabled }: PartProps) {
  const { t } = useTranslation("flows");
  const items = content.products ?? [];
  return (
    <Items<ContentCard>
      label={t("content.cards")}
      items={items}
      max={30}
      disabled={disabled}
      error={at(`${path}.products`)[0]?.message}
      onChange={(products) => set({ products })}
      fresh={() => ({ id: freshId("p", idsOf(items)), title: {} })}
    >
      {(card, i, change) => {
        const place = `${path}.products[${i}]`;
        return (
          <>
            <TextLine
              label={t("content.card.title")}
              value={card.title}
              onChange={(title) => change({ title: title ?? {} })}
              path={`${place}.title`}
              at={at}
            />
            <TextLine
              label={t("content.card.text")}
              value={card.text}
              onChange={(text) => change({ text })}
              path={`${place}.text`}
              at={at}
            />
            {(["image", "url"] as const).map((key) => (
              <CodeField
                key={key}
                mode="template"
                label={t(`content.card.${key}`)}
                value={card[key] ?? ""}
                onChange={(text) => change({ [key]: text || undefined })}
                problems={at(`${place}.${key}`)}
              />
            ))}
          </>
        );
      }}
    </Items>
  );
}

function Place({ content, set, path, at, disabled }: PartProps) {
  const { t } = useTranslation("flows");
  const place = content.location;
  const change = (part: object) => {
    const next = { latitude: 0, longitude: 0, ...place, ...part };
    set({ location: next });
  };
  return (
    <div className="grid grid-cols-2 gap-3">
      {(["latitude", "longitude"] as const).map((key) => (
        <Field key={key} label={t(`content.${key}`)} error={at(`${path}.location`)[0]?.message}>
          <Input
            type="number"
            step="any"
            disabled={disabled}
            value={place?.[key] ?? ""}
            onChange={(e) => change({ [key]: Number.isFinite(e.target.valueAsNumber) ? e.target.valueAsNumber : 0 })}
          />
        </Field>
      ))}
      {(["name", "address"] as const).map((key) => (
        <Field key={key} className="col-span-2" label={t(`content.place.${key}`)}>
          <Input
            disabled={disabled}
            value={place?.[key] ?? ""}
            onChange={(e) => change({ [key]: e.target.value || undefined })}
          />
        </Field>
      ))}
    </div>
  );
}

function Card({ content, set, path, at, disabled }: PartProps) {
  const { t } = useTranslation("flows");
  const { bot } = useBuilder();
  const card = content.contact ?? { name: "" };
  return (
    <div className="grid gap-3">
      <Field label={t("content.contact.name")} error={at(`${path}.contact`)[0]?.message}>
        <Input
          disabled={disabled}
          placeholder={bot.name}
          value={card.name}
          onChange={(e) => set({ contact: { ...card, name: e.target.value } })}
        />
      </Field>
      {(["phones", "emails"] as const).map((key) => (
        <Field key={key} label={t(`content.contact.${key}`)}>
          <Input
            disabled={disabled}
            type={key === "phones" ? "tel" : "email"}
            value={card[key]?.[0] ?? ""}
            onChange={(e) => set({ contact: { ...card, [key]: e.target.value ? [e.target.value] : undefined } })}
          />
        </Field>
      ))}
    </div>
  );
}

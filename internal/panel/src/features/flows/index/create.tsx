import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import { useMe } from "@/lib/api/queries";
import { cn } from "@/lib/cn";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FormError, Input, Select } from "@/ui/field";
import { Skeleton } from "@/ui/states";
import { createFlow, flowsQuery, startersQuery, typesQuery } from "../api";
import { useLang } from "../builder/context";
import { TypeIcon } from "../builder/type-icon";
import { inLanguage, inOrder, jumpsOf, ownExits } from "../model/exits";
import type { NodeTypes, Starter } from "../model/types";
import { useTriggerWords } from "../trigger-words";

/** A new flow: empty, or one that is ready to use, with a look at what is in it. */
export default function CreateFlow({ bot, onClose }: { bot: string; onClose: () => void }) {
  const { t } = useTranslation(["flows", "common"]);
  const { company } = useMe();
  const lang = useLang();
  const qc = useQueryClient();
  const navigate = useNavigate();
  const id = useId();
  const starters = useQuery(startersQuery);
  const types = useQuery(typesQuery);
  const [language, setLanguage] = useState<"es" | "en">(company.language === "en" ? "en" : "es");
  const [chosen, setChosen] = useState<string>();
  const [typed, setTyped] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const offered = (starters.data ?? []).filter((one) => one.language === language);
  const starter = offered.find((one) => one.key === chosen);
  const name = typed ?? starter?.name[lang] ?? "";
  const create = async () => {
    if (!name.trim()) return setError(t("create.needName"));
    setBusy(true);
    setError(undefined);
    try {
      const made = await createFlow(bot, { name: name.trim(), language, ...(starter && { starter: starter.key }) });
      void qc.invalidateQueries({ queryKey: flowsQuery(bot).queryKey });
      await navigate({ to: "/bots/$bot/flows/$flow", params: { bot, flow: made.id } });
    } catch (e) {
      setError(Problem.from(e).message);
      setBusy(false);
    }
  };
  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={t("create.title")}
      className="max-w-2xl"
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button type="submit" form={id} variant="primary" busy={busy}>
            {t("create.open")}
          </Button>
        </>
      }
    >
      <form
        id={id}
        noValidate
        className="grid gap-5"
        onSubmit={(e) => {
          e.preventDefault();
          void create();
        }}
      >
        <FormError message={error} />
        <div className="grid grid-cols-[minmax(0,1fr)_10rem] gap-3 max-sm:grid-cols-1">
          <Field label={t("settings.name")}>
            <Input autoFocus maxLength={120} value={name} onChange={(e) => setTyped(e.target.value)} />
          </Field>
          <Field label={t("settings.language")}>
            <Select value={language} onChange={(e) => setLanguage(e.target.value as "es" | "en")}>
              <option value="es">{t("common:language.es")}</option>
              <option value="en">{t("common:language.en")}</option>
            </Select>
          </Field>
        </div>
        <fieldset className="grid gap-2">
          <legend className="mb-2 font-medium">{t("create.from")}</legend>
          <Choice
            checked={!starter}
            onChoose={() => setChosen(undefined)}
            title={t("create.empty")}
            about={t("create.emptyAbout")}
          />
          {starters.isPending && <Skeleton className="h-14" />}
          {starters.isError && <p className="text-muted">{t("create.noStarters")}</p>}
          {offered.map((one) => (
            <Choice
              key={one.key}
              checked={one.key === chosen}
              onChoose={() => setChosen(one.key)}
              title={one.name[lang]}
              about={one.about[lang]}
            >
              {one.key === chosen && types.data && <Look starter={one} types={types.data} />}
            </Choice>
          ))}
        </fieldset>
      </form>
    </Dialog>
  );
}

type ChoiceProps = {
  checked: boolean;
  onChoose: () => void;
  title: string;
  about: string;
  children?: ReactNode;
};

function Choice({ checked, onChoose, title, about, children }: ChoiceProps) {
  return (
    <div className={cn("rounded-lg border", checked && "border-accent bg-accent-soft/40")}>
      <label className="flex cursor-pointer items-start gap-3 px-4 py-3">
        <input
          type="radio"
          name="starter"
          checked={checked}
          onChange={onChoose}
          className="mt-0.5 size-4 accent-accent"
        />
        <span className="min-w-0">
          <span className="block font-medium">{title}</span>
          <span className="block text-muted">{about}</span>
        </span>
      </label>
      {children}
    </div>
  );
}

const MOST = 8;

/** What a starter does: when it begins and its first blocks. */
function Look({ starter, types }: { starter: Starter; types: NodeTypes }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const words = useTriggerWords();
  const { definition: def } = starter;
  const order = inOrder(
    def,
    (node) => ownExits(node, types.get(node.type)),
    (node) => jumpsOf(node, types),
  );
  const says = (data: Record<string, unknown>) => {
    const value = data.text ?? (data.content as { text?: unknown } | undefined)?.text;
    return typeof value === "object" ? inLanguage(value as Record<string, string>, def.language) : "";
  };
  return (
    <div className="grid gap-2 border-t px-4 py-3 text-xs">
      <p className="text-muted">
        {def.triggers.map(words).join(" · ")}
        {" · "}
        {t("create.blocks", { count: def.nodes.length })}
      </p>
      <ol className="grid gap-1.5">
        {order.slice(0, MOST).map(({ node }) => {
          const type = types.get(node.type);
          return (
            <li key={node.id} className="flex items-start gap-2">
              <TypeIcon icon={type?.icon} group={type?.group} className="size-5 [&_svg]:size-3" />
              <span className="min-w-0">
                <span className="font-medium">{node.name || type?.label[lang] || node.type}</span>{" "}
                <span className="line-clamp-1 text-muted">{says(node.data)}</span>
              </span>
            </li>
          );
        })}
        {order.length > MOST && <li className="text-muted">{t("create.more", { count: order.length - MOST })}</li>}
      </ol>
    </div>
  );
}

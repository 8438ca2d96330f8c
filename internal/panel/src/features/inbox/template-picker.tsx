import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, LayoutTemplate, Send } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { templatesQuery } from "@/lib/api/queries";
import type { Conversation, Template } from "@/lib/api/types";
import { filled, placesOf } from "@/lib/template";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input } from "@/ui/field";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { TemplateView } from "@/ui/template-view";
import { enqueue } from "./outbox";

type Props = { conversation: Conversation; onClose: () => void };

/** Chooses one of the channel's approved templates, fills its places and sends it. */
export default function TemplatePicker({ conversation: c, onClose }: Props) {
  const { t } = useTranslation("templates");
  const [chosen, setChosen] = useState<Template>();
  if (chosen) return <Fill conversation={c} template={chosen} onBack={() => setChosen(undefined)} onClose={onClose} />;
  return (
    <Dialog side open onClose={onClose} title={t("pick.title")} description={t("pick.lead")}>
      <Approved channel={c.channel.id} onPick={setChosen} />
    </Dialog>
  );
}

function Approved({ channel, onPick }: { channel: string; onPick: (template: Template) => void }) {
  const { t } = useTranslation("templates");
  const query = useQuery(templatesQuery(channel));
  if (query.isError && !query.data) return <Failure error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <SkeletonRows rows={4} height={72} />;
  const approved = query.data.filter((one) => one.status === "approved");
  if (approved.length === 0)
    return <Empty icon={<LayoutTemplate />} title={t("pick.none")} body={t("pick.noneBody")} />;
  return (
    <ul className="grid gap-2">
      {approved.map((one) => (
        <li key={one.id}>
          <button
            type="button"
            onClick={() => onPick(one)}
            className="block w-full rounded-lg border px-4 py-3 text-left hover:bg-sunken"
          >
            <span className="block font-medium [overflow-wrap:anywhere]">
              {one.name} <span className="font-normal text-muted text-xs">{one.language}</span>
            </span>
            <span className="line-clamp-2 text-muted">{filled(one.body, one.samples ?? [])}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

type FillProps = { conversation: Conversation; template: Template; onBack: () => void; onClose: () => void };

function Fill({ conversation: c, template: v, onBack, onClose }: FillProps) {
  const { t } = useTranslation("templates");
  const qc = useQueryClient();
  const id = useId();
  const [values, setValues] = useState<string[]>(() => Array(placesOf(v.body)).fill(""));
  const ready = values.every((value) => value.trim());
  const send = () => {
    if (!ready) return;
    const params = values.map((value) => value.trim());
    enqueue(qc, {
      conversation: c.id,
      note: false,
      // The text is for our own reading: what the customer gets is made by the platform.
      content: {
        type: "template",
        text: filled(v.body, params),
        template: { name: v.name, language: v.language, params },
      },
    });
    onClose();
  };
  return (
    <Dialog
      side
      open
      onClose={onClose}
      title={v.name}
      footer={
        <>
          <Button variant="ghost" className="mr-auto" onClick={onBack}>
            <ArrowLeft aria-hidden />
            {t("pick.back")}
          </Button>
          <Button type="submit" form={id} variant="primary" disabled={!ready}>
            <Send aria-hidden />
            {t("pick.send")}
          </Button>
        </>
      }
    >
      <form
        id={id}
        noValidate
        className="grid gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          send();
        }}
      >
        {values.map((value, i) => (
          <Field
            // biome-ignore lint/suspicious/noArrayIndexKey: a place is its number
            key={i}
            label={t("pick.place", { n: i + 1 })}
            hint={v.samples?.[i] && t("pick.sample", { sample: v.samples[i] })}
          >
            <Input
              autoFocus={i === 0}
              value={value}
              onChange={(e) => setValues(values.map((old, n) => (n === i ? e.target.value : old)))}
            />
          </Field>
        ))}
        <TemplateView template={v} values={values} />
      </form>
    </Dialog>
  );
}

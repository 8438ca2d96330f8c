import { FileText, ImageIcon, LoaderCircle, MessageSquarePlus, Paperclip, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import type { Content } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { fileContent, upload } from "@/lib/upload";
import { Button } from "@/ui/button";
import { useContentLine } from "@/ui/content/snippet";
import { Textarea } from "@/ui/field";
import { OnChannel } from "@/ui/on-channel";

type Props = { value: Content[]; onChange: (answers: Content[]) => void; error?: string };

/** What a rule says: texts, images and documents, in this order. */
export function Answers({ value, onChange, error }: Props) {
  const { t } = useTranslation(["bots", "common"]);
  const format = useFormat();
  const input = useRef<HTMLInputElement>(null);
  const [share, setShare] = useState<number>();
  const [failed, setFailed] = useState<string>();
  const change = (i: number, text: string) =>
    onChange(value.map((c, n) => (n === i ? { ...c, text: text || undefined } : c)));

  const add = async (file: File | undefined) => {
    if (!file) return;
    setFailed(undefined);
    setShare(0);
    try {
      onChange([...value, fileContent(await upload(file, setShare).done)]);
    } catch (problem) {
      setFailed(Problem.from(problem).message);
    } finally {
      setShare(undefined);
    }
  };
  const problem = failed ?? error;

  return (
    <fieldset className="grid min-w-0 gap-2">
      <legend className="mb-1.5 font-medium">{t("rule.answers")}</legend>
      {value.map((content, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: answers have no id; their place is their identity
        <div key={i} className="flex items-start gap-2">
          <div className="grid min-w-0 flex-1 gap-2">
            {content.media && <File content={content} />}
            <Textarea
              rows={content.media ? 1 : 2}
              value={content.text ?? ""}
              onChange={(e) => change(i, e.target.value)}
              aria-label={t(content.media ? "rule.caption" : "rule.answer", { n: i + 1 })}
              placeholder={t(content.media ? "rule.captionExample" : "rule.answerExample")}
            />
          </div>
          <OnChannel content={content} n={i + 1} disabled={!content.text?.trim() && !content.media} />
          <Button
            variant="ghost"
            size="icon"
            aria-label={t("rule.removeAnswer", { n: i + 1 })}
            onClick={() => onChange(value.filter((_, n) => n !== i))}
          >
            <Trash2 />
          </Button>
        </div>
      ))}
      <div className="flex flex-wrap items-center gap-2">
        <Button size="sm" onClick={() => onChange([...value, { type: "text", text: "" }])}>
          <MessageSquarePlus aria-hidden />
          {t("rule.addText")}
        </Button>
        <Button size="sm" disabled={share !== undefined} onClick={() => input.current?.click()}>
          {share === undefined ? <Paperclip aria-hidden /> : <LoaderCircle aria-hidden className="animate-spin" />}
          {share === undefined ? t("rule.addFile") : format.percent(share)}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          onChange={(e) => {
            void add(e.target.files?.[0]);
            e.target.value = "";
          }}
        />
      </div>
      {problem && (
        <p role="alert" className="text-danger text-xs">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

function File({ content }: { content: Content }) {
  const line = useContentLine();
  const Icon = content.type === "image" ? ImageIcon : FileText;
  return (
    <p className="flex min-h-9 items-center gap-2 rounded-md border bg-sunken px-3">
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="truncate">{content.media?.name ?? line({ ...content, text: undefined })}</span>
    </p>
  );
}

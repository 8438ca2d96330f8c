import { useQuery } from "@tanstack/react-query";
import { Braces } from "lucide-react";
import { lazy, Suspense, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Tip } from "@/ui/tooltip";
import { exprWordsQuery } from "../api";
import { useBuilder, useLang } from "../builder/context";
import type { FlowProblem } from "../model/types";
import type { Vocabulary } from "./completion";

const CodeEditor = lazy(() => import("./editor"));

type Props = {
  label: string;
  /** Said beside the label: the language of a text. */
  tag?: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  mode: "expression" | "template";
  problems: readonly FlowProblem[];
  placeholder?: string;
  multiline?: boolean;
  /** Names its own data, which only counts in this field: event.*. */
  bare?: boolean;
};

/** A labelled source: an expression, or a text with places. What the server finds wrong is underlined and said below. */
export function CodeField({ label, tag, hint, value, onChange, mode, problems, placeholder, multiline, bare }: Props) {
  const { t } = useTranslation("flows");
  const { mayEdit } = useBuilder();
  const vocabulary = useVocabulary();
  const id = useId();
  const [insert, setInsert] = useState(0);
  const error = problems[0]?.message;
  const note = error ?? hint;
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <div className="flex min-h-6 items-center gap-2">
        <span className={bare ? "sr-only" : "min-w-0 truncate font-medium"} aria-hidden>
          {label}
        </span>
        {tag && <span className="rounded-md bg-sunken px-1.5 text-muted text-xs uppercase">{tag}</span>}
        {mayEdit && (
          <Tip label={t("code.insert")}>
            <Button
              variant="ghost"
              size="icon-sm"
              className="ml-auto size-6 max-md:size-6"
              aria-label={t("code.insertIn", { label })}
              onClick={() => setInsert((n) => n + 1)}
            >
              <Braces />
            </Button>
          </Tip>
        )}
      </div>
      <Suspense fallback={<div className={`rounded-md border bg-surface ${multiline ? "h-[76px]" : "h-9"}`} />}>
        <CodeEditor
          value={value}
          onChange={onChange}
          mode={mode}
          label={tag ? `${label} (${tag})` : label}
          describedBy={note ? `${id}-note` : undefined}
          placeholder={placeholder}
          multiline={multiline}
          disabled={!mayEdit}
          invalid={!!error}
          faults={problems}
          vocabulary={vocabulary}
          insert={insert}
        />
      </Suspense>
      {note && (
        <p id={`${id}-note`} className={`text-xs [overflow-wrap:anywhere] ${error ? "text-danger" : "text-muted"}`}>
          {note}
        </p>
      )}
    </div>
  );
}

/** What the flow's expressions may name: the server's fields and functions, and the flow's own variables. */
function useVocabulary(): Vocabulary {
  const { editing } = useBuilder();
  const lang = useLang();
  const { data } = useQuery(exprWordsQuery);
  const { variables } = editing.def;
  return useMemo(
    () => ({
      fields: [
        ...variables.map((v) => ({ path: `vars.${v.name}`, type: v.type, about: v.about ?? "" })),
        ...(data?.fields ?? [])
          .filter((f) => f.path !== "vars.*")
          .map((f) => ({ path: f.path, type: f.type, about: f.about[lang] })),
      ],
      functions: (data?.functions ?? []).map((f) => ({
        name: f.name,
        signature: `(${f.args.map((arg) => (arg.optional ? `${arg.name}?` : arg.repeats ? `${arg.name}…` : arg.name)).join(", ")})`,
        about: f.about[lang],
        example: f.example && `${f.example} → ${f.gives}`,
      })),
    }),
    [variables, data, lang],
  );
}

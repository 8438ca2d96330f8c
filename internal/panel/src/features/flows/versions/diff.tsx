import { useQuery } from "@tanstack/react-query";
import { Equal, Minus, MoveRight, Pencil, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Badge, type Tone } from "@/ui/badge";
import { Dialog } from "@/ui/dialog";
import { Empty, Failure, SkeletonRows } from "@/ui/states";
import { Tab, TabList, TabPanel, Tabs } from "@/ui/tabs";
import { useBuilder, useLang, useRead } from "../builder/context";
import { diffQuery, type FieldChange, type NodeChange } from "../review-api";
import { placeInFlow, placeInNode } from "./place-name";

type Props = { from: string; to: string; stamp: number; onClose: () => void };

const kinds: Record<NodeChange["change"], { tone: Tone; icon: typeof Plus }> = {
  added: { tone: "ok", icon: Plus },
  removed: { tone: "danger", icon: Minus },
  changed: { tone: "warn", icon: Pencil },
  moved: { tone: "neutral", icon: MoveRight },
};

/** What differs between two versions: block by block, and as the text of the files. */
export function DiffDialog({ from, to, stamp, onClose }: Props) {
  const { t } = useTranslation(["flowreview", "flows"]);
  const { flow } = useBuilder();
  const diff = useQuery(diffQuery(flow.id, from, to, stamp));
  const side = (name: string) => (name === "draft" ? t("diff.draft") : t("diff.version", { n: name }));
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("diff.title", { from: side(from), to: side(to) })}
      className="md:max-w-3xl"
      reading
    >
      {diff.isError && <Failure error={diff.error} onRetry={() => diff.refetch()} />}
      {diff.isPending && <SkeletonRows rows={4} height={56} />}
      {diff.data && diff.data.text === "" && (
        <Empty icon={<Equal />} title={t("diff.same")} body={t("diff.sameBody")} />
      )}
      {diff.data && diff.data.text !== "" && (
        <Tabs defaultValue="blocks">
          <TabList aria-label={t("diff.views")}>
            <Tab value="blocks">{t("diff.blocks")}</Tab>
            <Tab value="text">{t("diff.text")}</Tab>
          </TabList>
          <TabPanel value="blocks" className="grid gap-3 pt-3">
            {diff.data.settings.length > 0 && (
              <section className="grid gap-2 rounded-md border p-3">
                <h3 className="font-medium">{t("diff.settings")}</h3>
                <Fields list={diff.data.settings} name={(path) => placeInFlow(path, t)} />
              </section>
            )}
            {diff.data.nodes.map((node) => (
              <Block key={node.id} node={node} />
            ))}
          </TabPanel>
          <TabPanel value="text" className="pt-3">
            <Text text={diff.data.text} />
          </TabPanel>
        </Tabs>
      )}
    </Dialog>
  );
}

function Block({ node }: { node: NodeChange }) {
  const { t } = useTranslation(["flowreview", "flows"]);
  const { types } = useBuilder();
  const lang = useLang();
  const read = useRead();
  const { tone, icon: Icon } = kinds[node.change];
  const type = types.get(node.type);
  return (
    <section className="grid gap-2 rounded-md border p-3">
      <h3 className="flex items-center gap-2 font-medium">
        <Badge tone={tone} icon={<Icon aria-hidden />}>
          {t(`diff.change.${node.change}`)}
        </Badge>
        <span className="[overflow-wrap:anywhere]">
          {node.name || read.nameOf(node.id) || type?.label[lang] || node.type}
        </span>
      </h3>
      {node.change !== "moved" && (
        <Fields list={node.fields} name={(path) => placeInNode(path, type, lang, t)} nameOf={read.nameOf} />
      )}
    </section>
  );
}

type FieldsProps = {
  list: FieldChange[];
  /** What people call a place. */
  name: (path: string) => string;
  /** What they call a node. */
  nameOf?: (id: string) => string | undefined;
};

function Fields({ list, name, nameOf }: FieldsProps) {
  const { t } = useTranslation("flowreview");
  const words = (path: string, value: unknown): string => {
    if (value === undefined || value === null) return "";
    if (typeof value === "boolean") return t(value ? "diff.yes" : "diff.no");
    if (typeof value === "object")
      return Object.entries(value)
        .flatMap(([key, v]) => (key === "id" ? [] : words(path, v) || []))
        .join(" · ");
    return (path.startsWith("next.") && nameOf?.(String(value))) || String(value);
  };
  return (
    <dl className="grid gap-3 text-sm">
      {list.map((f) => {
        const from = words(f.path, f.from);
        const to = words(f.path, f.to);
        return (
          <div key={f.path} className="grid gap-1">
            <dt className="text-muted text-xs">{name(f.path)}</dt>
            {from && (
              <dd className="rounded-sm bg-danger/10 px-2 py-1 whitespace-pre-wrap [overflow-wrap:anywhere]">
                <span className="sr-only">{t("diff.was")} </span>
                <del className="no-underline">{from}</del>
              </dd>
            )}
            {to && (
              <dd className="rounded-sm bg-ok/10 px-2 py-1 whitespace-pre-wrap [overflow-wrap:anywhere]">
                <span className="sr-only">{t("diff.is")} </span>
                <ins className="no-underline">{to}</ins>
              </dd>
            )}
          </div>
        );
      })}
    </dl>
  );
}

function Text({ text }: { text: string }) {
  const { t } = useTranslation("flowreview");
  const [, , ...lines] = text.trimEnd().split("\n"); // the first two name the files: the title says it
  return (
    <section
      aria-label={t("diff.text")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
      tabIndex={0}
      className="thin-scroll max-h-[60vh] overflow-auto rounded-md border font-mono text-xs leading-5"
    >
      {lines.map((line, i) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a text that does not change
          key={i}
          className={cn(
            "min-w-max px-3 whitespace-pre",
            line.startsWith("+") && "bg-ok/10",
            line.startsWith("-") && "bg-danger/10",
            line.startsWith("@@") && "bg-sunken text-muted",
          )}
        >
          {line || " "}
        </div>
      ))}
    </section>
  );
}

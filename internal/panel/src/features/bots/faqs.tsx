import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { BookOpen, Download, Plus, Search, Upload } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAllowed } from "@/lib/api/queries";
import type { Bot, FAQ } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/ui/menu";
import { Empty, Failure, NoMatch, SkeletonRows } from "@/ui/states";
import { FaqImport } from "./faq-import";
import { botQuery, faqsQuery } from "./queries";

const FaqForm = lazy(() => import("./faq-form"));

type Props = {
  bot: Bot;
  editing: string | undefined;
  q: string;
  onChange: (search: { edit?: string; q?: string }) => void;
};

/** What the bot knows: questions with their answer, byte for byte as written. */
export function Faqs({ bot, editing, q, onChange }: Props) {
  const { t } = useTranslation(["bots", "common"]);
  const qc = useQueryClient();
  const format = useFormat();
  const may = useAllowed("bots", "write");
  const [text, setText] = useState(q);
  const [importing, setImporting] = useState(false);
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    if (text.trim() === q) return;
    const timer = setTimeout(() => onChange({ q: text.trim() || undefined }), 250);
    return () => clearTimeout(timer);
  }, [text, q, onChange]);

  const query = useInfiniteQuery(faqsQuery(bot.id, q));
  const faqs = query.data?.pages.flatMap((p) => p.items) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;
  const open = editing === "new" ? null : faqs.find((f) => f.id === editing);
  const close = () => onChange({ q: q || undefined });
  const changed = () => {
    void qc.invalidateQueries({ queryKey: ["bots", bot.id, "faqs"] });
    void qc.invalidateQueries({ queryKey: botQuery(bot.id).queryKey, exact: true });
  };
  const add = may && (
    <Button variant="primary" onClick={() => onChange({ q: q || undefined, edit: "new" })}>
      <Plus aria-hidden />
      {t("faqs.add")}
    </Button>
  );
  const bringIn = may && (
    <Button onClick={() => setImporting(true)}>
      <Upload aria-hidden />
      {t("faqs.import")}
    </Button>
  );

  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <div className="relative min-w-56 flex-1 sm:max-w-sm">
          <Search
            aria-hidden
            className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
          />
          <input
            type="search"
            value={text}
            onChange={(e) => setText(e.target.value)}
            placeholder={t("faqs.search")}
            aria-label={t("faqs.search")}
            className="h-9 w-full rounded-md border bg-surface pr-3 pl-8 max-md:h-11 max-md:text-base"
          />
        </div>
        <p role="status" className="mr-auto text-muted text-xs">
          {query.isSuccess && t("count.faqs", { count: total })}
        </p>
        {bot.counts.faqs > 0 && (
          <>
            {bringIn}
            <Export bot={bot.id} />
            {add}
          </>
        )}
      </div>
      <section aria-label={t("tab.faqs")} className="overflow-hidden rounded-lg border bg-surface">
        {query.isPending && <SkeletonRows rows={6} height={48} />}
        {query.isError && faqs.length === 0 && <Failure error={query.error} onRetry={() => query.refetch()} />}
        {query.isSuccess && faqs.length === 0 && q && <NoMatch onClear={() => onChange({ q: undefined })} />}
        {query.isSuccess && faqs.length === 0 && !q && (
          <Empty
            icon={<BookOpen />}
            title={t("faqs.empty.title")}
            body={t("faqs.empty.body")}
            action={
              <div className="flex flex-wrap justify-center gap-2">
                {bringIn}
                {add}
              </div>
            }
          />
        )}
        {faqs.length > 0 && (
          <ul className="divide-y">
            {faqs.map((faq) => (
              <li
                key={faq.id}
                className="relative flex items-center gap-4 px-4 py-2 hover:bg-sunken [contain-intrinsic-size:auto_56px] [content-visibility:auto]"
              >
                <Line faq={faq} onOpen={() => onChange({ q: q || undefined, edit: faq.id })} />
                {!faq.enabled && <Badge>{t("faqs.off")}</Badge>}
                <span className="shrink-0 whitespace-nowrap text-right text-muted text-xs tabular-nums max-sm:hidden">
                  {t("hits", { count: faq.hits_7d, n: format.number(faq.hits_7d) })}
                </span>
              </li>
            ))}
          </ul>
        )}
        {query.hasNextPage && (
          <div className="grid place-items-center border-t p-3">
            <Button size="sm" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
              {t("common:more")}
            </Button>
          </div>
        )}
      </section>
      {(open || open === null) && (
        <Suspense>
          <FaqForm
            bot={bot.id}
            faq={open}
            onClose={close}
            onSaved={() => {
              changed();
              close();
            }}
          />
        </Suspense>
      )}
      {importing && <FaqImport bot={bot.id} onClose={() => setImporting(false)} onDone={changed} />}
    </div>
  );
}

function Line({ faq, onOpen }: { faq: FAQ; onOpen: () => void }) {
  const { t } = useTranslation(["bots", "common"]);
  return (
    <div className="min-w-0 flex-1">
      <button
        type="button"
        onClick={onOpen}
        className="block max-w-full truncate text-left font-medium after:absolute after:inset-0 after:content-['']"
      >
        {faq.question}
      </button>
      <p className="truncate text-muted">
        {faq.variants.length > 0 && `${t("count.variants", { count: faq.variants.length })} · `}
        {faq.answer}
      </p>
    </div>
  );
}

function Export({ bot }: { bot: string }) {
  const { t } = useTranslation(["bots", "common"]);
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button>
          <Download aria-hidden />
          {t("faqs.export")}
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {(["csv", "jsonl"] as const).map((format) => (
          <MenuItem key={format} asChild>
            <a href={`/api/v1/bots/${bot}/faqs/export?format=${format}`} download>
              {t(`faqs.format.${format}`)}
            </a>
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}

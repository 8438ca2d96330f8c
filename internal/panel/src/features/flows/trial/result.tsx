import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import type { Visit } from "../api";
import { type Reading, useBuilder } from "../builder/context";
import type { Turn } from "./use-trial";

const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** What lies behind the conversation: the way through the blocks, what the variables hold, how long it took. */
export function Result({ turns, read }: { turns: readonly Turn[]; read: Reading }) {
  const { t } = useTranslation("flows");
  const { show, editing } = useBuilder();
  const format = useFormat();
  const tried = turns.flatMap((turn) => turn.tried ?? []);
  const vars = Object.entries(tried.at(-1)?.vars ?? {});
  const path = tried.flatMap((one) => one.path);
  const micros = tried.reduce((sum, one) => sum + one.took_us, 0);
  const exitName = ({ node, exit }: Visit) => {
    const at = editing.def.nodes.find((n) => n.id === node);
    const known = at && read.exits(at).find((e) => e.name === exit);
    return known ? read.exitName(known) : exit;
  };
  return (
    <details className="rounded-md border text-xs">
      <summary className="flex min-h-9 items-center gap-2 px-3 py-2 font-medium">
        {t("try.behind")}
        <span className="ml-auto font-normal text-muted tabular-nums">
          {t("try.took", { ms: format.number(Math.round(micros / 10) / 100) })}
        </span>
      </summary>
      <div className="thin-scroll grid max-h-64 gap-3 overflow-auto border-t p-3">
        <section>
          <h3 className="mb-1 font-medium">{t("try.path")}</h3>
          <ol className="grid gap-1">
            {path.map((visit, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same block may be passed twice
              <li key={i} className="grid">
                <span>
                  {read.nameOf(visit.node) ? (
                    <button
                      type="button"
                      className="underline-offset-2 hover:underline"
                      onClick={() => show(visit.node)}
                    >
                      {read.nameOf(visit.node)}
                    </button>
                  ) : (
                    visit.name || visit.type
                  )}
                  {visit.exit && <span className="text-muted"> → {exitName(visit)}</span>}
                </span>
                {visit.values && Object.keys(visit.values).length > 0 && (
                  <span className="text-muted [overflow-wrap:anywhere]">
                    {Object.entries(visit.values)
                      .map(([name, value]) => `${name} = ${text(value)}`)
                      .join(", ")}
                  </span>
                )}
              </li>
            ))}
          </ol>
        </section>
        <section>
          <h3 className="mb-1 font-medium">{t("try.vars")}</h3>
          {vars.length === 0 ? (
            <p className="text-muted">{t("try.noVars")}</p>
          ) : (
            <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
              {vars.map(([name, value]) => (
                <div key={name} className="contents">
                  <dt className="text-muted">{name}</dt>
                  <dd className="[overflow-wrap:anywhere]">{text(value)}</dd>
                </div>
              ))}
            </dl>
          )}
        </section>
      </div>
    </details>
  );
}

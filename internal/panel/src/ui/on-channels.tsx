import { useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Info } from "lucide-react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { channelsQuery } from "@/lib/api/queries";
import type { Breach, Channel, Content, Preview } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { ContentView } from "./content/content";
import { Failure, Skeleton } from "./states";

type Props = { content: Content; only?: readonly string[] };

/** What a message becomes on each channel, and for which limits. */
export default function OnChannels({ content, only }: Props) {
  const { t } = useTranslation("previews");
  const query = useQuery(channelsQuery);
  if (query.isError && !query.data) return <Failure error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Skeleton className="h-24" />;
  const channels = only ? query.data.filter((c) => only.includes(c.id)) : query.data;
  if (channels.length === 0) return <p className="text-muted">{t("none")}</p>;
  return (
    <ul className="grid gap-4">
      {channels.map((c) => (
        <li key={c.id} className="grid gap-2">
          <p className="font-medium">{c.name}</p>
          <One channel={c} content={content} />
        </li>
      ))}
    </ul>
  );
}

function One({ channel, content }: { channel: Channel; content: Content }) {
  const query = useQuery({
    queryKey: ["preview", channel.id, content],
    queryFn: () =>
      ok(client.POST("/api/v1/channels/{id}/preview", { params: { path: { id: channel.id } }, body: { content } })),
    gcTime: 0, // each edit is another message
    placeholderData: (before) => before,
  });
  if (query.isError) return <Failure className="p-2" error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Skeleton className="h-12" />;
  return <Shown preview={query.data} />;
}

function Shown({ preview: { parts, breaches } }: { preview: Preview }) {
  const { t } = useTranslation("previews");
  return (
    <>
      {parts.length > 0 && (
        <ol className="grid justify-items-start gap-1.5">
          {parts.map((part, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no id and do not move
            <li key={i} className="max-w-full rounded-lg rounded-bl-sm bg-accent-soft px-3 py-2">
              <ContentView content={part} />
            </li>
          ))}
        </ol>
      )}
      {breaches.length === 0 ? (
        <p className="flex items-center gap-1.5 text-muted text-xs">
          <CircleCheck aria-hidden className="size-3.5 shrink-0 text-ok" />
          {t("fits")}
        </p>
      ) : (
        <ul className="grid gap-1">
          {breaches.map((b, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same limit may be met twice
            <Met key={i} breach={b} />
          ))}
        </ul>
      )}
    </>
  );
}

/** A limit in words: what it is, and what becomes of the message for it. */
function Met({ breach: b }: { breach: Breach }) {
  const { t } = useTranslation("previews");
  const format = useFormat();
  const grave = b.effect === "refused" || b.effect === "dropped";
  const Icon = grave ? CircleAlert : Info;
  const size = (n: number | undefined) => (b.limit === "media" ? format.size(n ?? 0) : format.number(n ?? 0));
  return (
    <li className="flex items-start gap-1.5 text-xs">
      <Icon aria-hidden className={`mt-0.5 size-3.5 shrink-0 ${grave ? "text-danger" : "text-muted"}`} />
      <span>
        {t(`limit.${b.limit}` as "limit.max_text", { defaultValue: b.limit })}{" "}
        {b.max ? t("measure", { max: size(b.max), was: size(b.was) }) : ""} {t(`effect.${b.effect}`)}
      </span>
    </li>
  );
}

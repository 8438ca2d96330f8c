import { Fragment } from "react";

// Addresses as people type them. Only these schemes ever become links.
const link = /\b(https?:\/\/[^\s<>"]+|www\.[^\s<>"]+\.[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(\+\d[\d\s().-]{6,}\d)/gi;
const trailing = /[.,;:!?)\]}'»”]+$/;

export type Piece = { text: string; href?: string };

/** Cuts a text into plain pieces and links (http, https, mailto, tel). */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const m of text.matchAll(link)) {
    const shown = m[0].replace(trailing, "");
    if (m.index > from) out.push({ text: text.slice(from, m.index) });
    out.push({ text: shown, href: address(shown) });
    from = m.index + shown.length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

function address(shown: string): string {
  if (/^https?:/i.test(shown)) return shown;
  if (/^www\./i.test(shown)) return `https://${shown}`;
  if (shown.startsWith("+")) return `tel:${shown.replace(/[^+\d]/g, "")}`;
  return `mailto:${shown}`;
}

/** An address from a message, if it may be opened. */
export function safeHref(url: string | undefined): string | undefined {
  return url && /^(https?:\/\/|\/[^/]|mailto:|tel:|blob:)/i.test(url) ? url : undefined;
}

/** A message's text: line breaks kept, addresses clickable, nothing else interpreted. */
export function MessageText({ text }: { text: string }) {
  return (
    <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">
      {pieces(text).map((p, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a fixed text
        <Fragment key={i}>
          {p.href ? (
            <a
              href={p.href}
              target="_blank"
              rel="noopener noreferrer nofollow"
              className="underline underline-offset-2"
            >
              {p.text}
            </a>
          ) : (
            p.text
          )}
        </Fragment>
      ))}
    </p>
  );
}

import { safe } from "./dom";

export interface Piece {
  text: string;
  href?: string;
}

// Addresses, bare www. and e-mails. Quotes, angle brackets and the marks that reverse
// writing direction end an address, so what is shown is what opens.
const LINK =
  /(?:https?:\/\/|www\.)[^\s<>"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/gi;

/** Splits a text into plain pieces and links; joined again they are the text. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const found = trim(match[0]);
    const scheme = /^https?:/i.test(found) ? "" : /^www\./i.test(found) ? "https://" : "mailto:";
    const href = safe(scheme + found);
    if (!href) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: found, href });
    from = match.index + found.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** Punctuation at the end belongs to the sentence; a closing bracket too, unless it was opened in the address. */
const trim = (address: string) => address.replace(address.includes("(") ? /[.,;:!?…*_\]}]+$/ : /[.,;:!?…*_\]})]+$/, "");

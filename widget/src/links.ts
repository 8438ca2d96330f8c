import { safe } from "./dom";

export interface Piece {
  text: string;
  href?: string;
}

// Addresses, bare www. and e-mails. Quotes, angle brackets and the marks that reverse
// writing direction end an address, so what is shown is what opens. The parts of an e-mail
// have their limits, or a hostile text would take the square of its length to read.
const LINK =
  /((?:https?:\/\/|www\.)[^\s<>"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]+|[\w.+-]{1,64}@[\w.-]{1,99}\.[a-z]{2,})/i;

/** Splits a text into plain pieces and links; joined again they are the text. */
export function linkify(text: string): Piece[] {
  const pieces = text.split(LINK).flatMap((part, i) => {
    if (!(i % 2)) return { text: part };
    const found = trim(part);
    const scheme = /^https?:/i.test(found) ? "" : /^www\./i.test(found) ? "https://" : "mailto:";
    return [{ text: found, href: safe(scheme + found) }, { text: part.slice(found.length) }];
  });
  return pieces.filter((p) => p.text);
}

/** Punctuation at the end belongs to the sentence; a closing bracket too, unless it was opened in the address. */
const trim = (address: string) => address.replace(address.includes("(") ? /[.,;:!?…*_\]}]+$/ : /[.,;:!?…*_\]})]+$/, "");

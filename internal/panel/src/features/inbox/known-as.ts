import type { Conversation } from "@/lib/api/types";

type Identity = Omit<Conversation["contact"]["identities"][number], "kind">;

/** How one channel knows somebody. */
export type KnownAs = {
  channel: string;
  name: string;
  verified: boolean;
  /** The platform's name of them; absent when it says no more than their phone number does, null for a visitor without one. */
  value?: string | null;
};

const digits = (text: string) => text.replace(/\D/g, "");

/** A line for each channel: a platform may have several names for one person, of which the first says enough. */
export function knownAs(identities: readonly Identity[], phone = ""): KnownAs[] {
  const lines = new Map<string, KnownAs>();
  for (const i of identities) {
    const line = lines.get(i.channel_id);
    if (line) line.verified ||= i.verified;
    else
      lines.set(i.channel_id, {
        channel: i.channel_id,
        name: i.channel_name,
        verified: i.verified,
        value: readable(i.value, phone),
      });
  }
  return [...lines.values()];
}

function readable(identity: string, phone: string): string | null | undefined {
  if (identity.startsWith("visitor:")) return null;
  const value = identity.replace(/^\w+:/, "").replace(/^(\d+)@.*$/, "$1"); // "user:42", "34600111222@s.whatsapp.net"
  return digits(phone) !== "" && digits(value) === digits(phone) ? undefined : value;
}

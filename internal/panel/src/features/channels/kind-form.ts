import type { ChannelField } from "@/lib/api/types";
import { z } from "@/lib/zod";

const MOST = 500; // characters, where a field says nothing else

/** What a form of these fields begins with. Secrets never come back, so theirs are empty. */
export const valuesOf = (fields: readonly ChannelField[], stored: Record<string, string> = {}) =>
  Object.fromEntries(fields.map((f) => [f.key, (f.type !== "secret" && stored[f.key]) || f.default || ""]));

/**
 * What can be said before asking the server: what is missing and what is too long. kept: secrets
 * that are stored and may stay empty. Patterns are the server's, in its own dialect.
 */
export const kindSchema = (
  fields: readonly ChannelField[],
  kept: readonly string[],
  need: { required: string; long: string },
) =>
  z.object({
    name: z.string().trim().min(1, need.required).max(80, need.long),
    bot_id: z.string(),
    values: z.object(
      Object.fromEntries(
        fields.map((f) => {
          const text = z
            .string()
            .trim()
            .max(f.max || MOST, need.long);
          return [f.key, f.required && !f.generate && !kept.includes(f.key) ? text.min(1, need.required) : text];
        }),
      ),
    ),
  });

export type KindForm = { name: string; bot_id: string; values: Record<string, string> };

/** What to send: an empty secret is one that was left as it is. */
export const toSend = (fields: readonly ChannelField[], values: Record<string, string>) =>
  Object.fromEntries(
    fields.filter((f) => f.type !== "secret" || values[f.key]).map((f) => [f.key, values[f.key] ?? ""]),
  );

/** What everybody fills in, and what has a value of its own and few will touch. */
export const fieldGroups = (fields: readonly ChannelField[]) => {
  const own = (f: ChannelField) => f.generate || (!!f.default && !f.required);
  return { main: fields.filter((f) => !own(f)), more: fields.filter(own) };
};

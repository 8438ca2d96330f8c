import type { Channel, Hours, PrechatField } from "@/lib/api/types";
import { z } from "@/lib/zod";

type Texts = { required: string; color: string; origin: string };

const short = z.string().max(80);
const long = z.string().max(1000);

/** An origin as browsers send it: scheme, host and port, nothing after. */
export function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, "").toLowerCase();
  } catch {
    return false;
  }
}

export const channelSchema = (t: Texts) =>
  z.object({
    name: short.trim().min(1, t.required),
    bot_id: z.string(),
    settings: z.object({
      title: short.trim().min(1, t.required),
      subtitle: z.string().max(120),
      greeting: long,
      launcher: z.string().max(40),
      color: z.string().regex(/^#[0-9a-f]{6}$/i, t.color),
      position: z.enum(["right", "left"]),
      language: z.enum(["es", "en", "auto"]),
      quick_replies: z.array(z.object({ id: z.string(), label: short.trim().min(1, t.required) })).max(10),
      prechat: z
        .array(
          z.object({
            key: z.string(),
            label: short.trim().min(1, t.required),
            type: z.custom<PrechatField["type"]>(),
            required: z.boolean(),
            options: z.array(z.string()).optional(),
          }),
        )
        .max(10),
      consent_text: long,
      allowed_origins: z.array(z.string()).refine((list) => list.every(isOrigin), { message: t.origin }),
      hours: z.custom<Hours | null>(),
      away_text: long,
      leave_message: z.boolean(),
      sound: z.boolean(),
      custom_css: z.string().max(20_000),
      proactive: z
        .object({
          after_seconds: z.number({ error: t.required }).int().min(0).max(3600),
          url_contains: z.string().optional(),
          text: long.min(1, t.required),
        })
        .optional(),
      limits: z.object({ file_bytes: z.number(), per_visitor_minute: z.number(), per_site_minute: z.number() }),
      require_identity: z.boolean(),
    }),
  });

export type ChannelForm = z.infer<ReturnType<typeof channelSchema>>;

export const valuesOf = (c: Channel): ChannelForm => ({
  name: c.name,
  bot_id: c.bot?.id ?? "",
  settings: { ...c.settings, hours: c.settings.hours ?? null, proactive: c.settings.proactive ?? undefined },
});

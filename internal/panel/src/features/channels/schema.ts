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
      title: z.string().trim().min(1, t.required).max(60),
      subtitle: z.string().max(120),
      greeting: long,
      launcher: z.string().max(40),
      color: z.string().regex(/^#[0-9a-f]{6}$/i, t.color),
      position: z.enum(["right", "left"]),
      language: z.enum(["auto", "es", "en", "ar"]),
      theme: z.enum(["auto", "light", "dark"]),
      radius: z.number().int().min(0).max(24),
      quick_replies: z.array(z.object({ id: z.string(), label: z.string().trim().min(1, t.required).max(60) })).max(8),
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
        .max(8),
      consent_text: z.string().max(500),
      allowed_origins: z.array(z.string()).refine((list) => list.every(isOrigin), { message: t.origin }),
      hours: z.custom<Hours>().optional(),
      away_text: z.string().max(500),
      leave_message: z.boolean(),
      sound: z.boolean(),
      custom_css: z.string().max(8000),
      proactive: z
        .object({
          after_seconds: z.number({ error: t.required }).int().min(1).max(3600),
          url_contains: z.string().optional(),
          text: z.string().min(1, t.required).max(300),
        })
        .optional(),
      limits: z.object({
        file_bytes: z
          .number({ error: t.required })
          .min(1)
          .max(25 << 20),
        per_visitor_minute: z.number({ error: t.required }).int().min(1).max(600),
        per_site_minute: z.number({ error: t.required }).int().min(10).max(1_000_000),
      }),
      require_identity: z.boolean(),
    }),
  });

export type ChannelForm = z.infer<ReturnType<typeof channelSchema>>;

export const valuesOf = (c: Channel): ChannelForm => ({
  name: c.name,
  bot_id: c.bot?.id ?? "",
  settings: c.settings,
});

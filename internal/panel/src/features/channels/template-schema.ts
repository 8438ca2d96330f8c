import { placeProblem, placesOf } from "@/lib/template";
import { z } from "@/lib/zod";

export const CATEGORIES = ["utility", "marketing", "authentication"] as const;

type Texts = Record<"required" | "long" | "name" | "language" | "bad" | "gap" | "edge", string>;

/**
 * What a template must be before it is submitted; what a platform refuses costs a day. The limits
 * are those of WhatsApp's message templates: name, header 60, body 1024, footer 60, button 25.
 */
export const templateSchema = (t: Texts) =>
  z
    .object({
      name: z
        .string()
        .min(1, t.required)
        .max(512, t.long)
        .regex(/^[a-z0-9_]*$/, t.name),
      language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2})?$/, t.language),
      category: z.enum(CATEGORIES),
      header: z.string().max(60, t.long),
      body: z.string().trim().min(1, t.required).max(1024, t.long),
      footer: z.string().max(60, t.long),
      samples: z.array(z.string()),
      buttons: z.array(z.string().trim().min(1, t.required).max(25, t.long)).max(10, t.long),
    })
    .superRefine(({ body, samples }, ctx) => {
      const wrong = placeProblem(body);
      if (wrong) ctx.addIssue({ code: "custom", path: ["body"], message: t[wrong] });
      else if (/^\{\{\d+\}\}|\{\{\d+\}\}$/.test(body.trim()))
        ctx.addIssue({ code: "custom", path: ["body"], message: t.edge });
      for (let i = 0; i < placesOf(body); i++)
        if (!samples[i]?.trim()) ctx.addIssue({ code: "custom", path: ["samples", i], message: t.required });
    });

export type TemplateDraft = z.infer<ReturnType<typeof templateSchema>>;

/** What the API takes: parts without words are left out, and samples of places that are gone. */
export function draftToSend({ header, footer, buttons, samples, ...draft }: TemplateDraft) {
  return {
    ...draft,
    ...(header.trim() && { header: header.trim() }),
    ...(footer.trim() && { footer: footer.trim() }),
    ...(buttons.length > 0 && { buttons }),
    samples: samples.slice(0, placesOf(draft.body)),
  };
}

import type { WebchatSettings } from "@/lib/api/types";

/** The one kind that has its own page and settings; every other is described by the server. */
export const WEBCHAT = "webchat";

type Texts = { title: string; subtitle: string; greeting: string; launcher: string; away: string };

/** What a new web chat starts with; everything can be changed afterwards. */
export const newWebchat = (texts: Texts): WebchatSettings => ({
  title: texts.title,
  subtitle: texts.subtitle,
  greeting: texts.greeting,
  launcher: texts.launcher,
  away_text: texts.away,
  color: "#2757b8",
  position: "right",
  theme: "auto",
  radius: 12,
  language: "auto",
  quick_replies: [],
  prechat: [],
  consent_text: "",
  allowed_origins: [],
  leave_message: true,
  sound: true,
  custom_css: "",
  limits: { file_bytes: 10 << 20, per_visitor_minute: 20, per_site_minute: 600 },
  require_identity: false,
});

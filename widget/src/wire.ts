// What travels between the widget and the server, as JSON. No code here: types only.

/** GET /webchat/{site}/config */
export interface Config {
  lang: string;
  rtl?: boolean;
  name: string;
  title?: string;
  subtitle?: string;
  greeting?: string;
  launcher?: string;
  color?: string;
  text_color?: string;
  position?: "left" | "right";
  radius?: number;
  theme?: "auto" | "light" | "dark";
  avatar_url?: string;
  custom_css?: string;
  quick_replies?: Choice[];
  prechat?: Field[];
  consent_text?: string;
  /** Whether people attend now. */
  open?: boolean;
  /** Whether a bot answers even when they do not. */
  bot?: boolean;
  opens_at?: string;
  away_text?: string;
  leave_message?: boolean;
  limits?: Limits;
  sound?: boolean;
  proactive?: { after_seconds: number; url_contains?: string; text: string };
  /** Not on the wire: why the server refuses this page. */
  blocked?: string;
}

/** Sizes are bytes; text is a number of characters (code points). */
export interface Limits {
  text: number;
  file_bytes: number;
  file_types: string[];
}

export interface Field {
  key: string;
  label: string;
  type: "text" | "email" | "tel" | "select" | "checkbox" | "textarea";
  required?: boolean;
  options?: string[];
}

/** POST /webchat/{site}/session */
export interface SessionReply {
  token: string;
  visitor: string;
  verified?: boolean;
  /** Whether an e-mail address or a phone number of the visitor is known. */
  reachable?: boolean;
  unread?: number;
  agent_read_seq?: number;
  messages?: Message[];
  /** Whether older messages exist. */
  more?: boolean;
}

export interface Message {
  id: string;
  seq: number;
  client_id?: string;
  from: "contact" | "bot" | "agent" | "system";
  name?: string;
  at: string;
  content: Content;
  /** Of the visitor's own: delivered to the business, or read by an agent. */
  state?: "delivered" | "read";
}

export interface Choice {
  id: string;
  label: string;
  url?: string;
}

export interface Media {
  file?: string;
  name?: string;
  mime?: string;
  size?: number;
  width?: number;
  height?: number;
  url?: string;
}

/** Price is in the currency's minor unit. */
export interface Product {
  id: string;
  title: string;
  text?: string;
  price?: number;
  currency?: string;
  image?: string;
  url?: string;
  buttons?: Choice[];
}

export interface Row {
  id: string;
  title: string;
  description?: string;
}

export interface Content {
  type: string;
  text?: string;
  media?: Media;
  location?: { latitude: number; longitude: number; name?: string; address?: string };
  contact?: { name: string; phones?: string[]; emails?: string[] };
  buttons?: Choice[];
  list?: { open: string; sections: { title?: string; rows: Row[] }[] };
  products?: Product[];
  reaction?: { message: string; emoji: string };
  answer?: { id: string; label?: string; to?: string };
}

export interface Agent {
  name: string;
  avatar_url?: string;
}

/** Who attends: a bot, nobody yet, a person, or the conversation is over. */
export interface Attention {
  state: "bot" | "waiting" | "human" | "closed";
  agent?: Agent;
}

/** What the socket brings. */
export type Frame =
  | { t: "ready"; seq: number }
  | { t: "message"; m: Message }
  | { t: "read"; seq: number }
  | { t: "typing"; who: "agent" | "bot"; name?: string; on: boolean }
  | ({ t: "conversation" } & Attention)
  | { t: "gone"; code: "webchat.token" | "webchat.origin" | "moved" }
  | { t: "pong" };

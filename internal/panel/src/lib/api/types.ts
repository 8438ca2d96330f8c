import type { components, paths } from "./schema";

// The server's names, as the panel calls them.
type S = components["schemas"];

export type ProblemBody = S["Problem"];
export type Me = S["Me"];
export type Level = S["Level"];
export type Session = S["Session"];
export type Company = S["Company"];
export type Hours = S["Hours"];
export type Span = S["Span"];
export type Member = S["Member"];
export type Label = S["Label"];
export type AuditEntry = S["AuditEntry"];
export type Overview = S["Overview"];
export type ConversationRow = S["ConversationRow"];
export type Conversation = S["Conversation"];
export type ConversationState = Conversation["state"];
export type Contact = S["Contact"];
export type Message = S["Message"];
export type MessageState = Message["state"];
export type Content = S["Content"];
export type Media = S["Media"];
export type Product = S["Product"];
export type Trace = S["Trace"];
export type TraceStep = S["Step"];
export type Channel = S["ChannelView"];
export type WebchatSettings = S["Settings"];
export type PrechatField = S["Field"];
export type Bot = S["BotView"];
export type BotMemory = S["Memory"];
export type Rule = S["Rule"];
export type FAQ = S["FAQ"];
export type FAQImport = S["Imported"];
export type Effect = S["TriedEffect"];
export type StoredFile = paths["/api/v1/files"]["post"]["responses"]["201"]["content"]["application/json"];

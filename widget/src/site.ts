import type { Api } from "./api";
import type { Session } from "./session";
import type { Store } from "./store";
import type { Config } from "./wire";
import type { Words } from "./words";

/** What every part of the widget needs: made by main, handed to all. */
export interface Site {
  /** Our origin; addresses in messages may be relative to it. */
  base: string;
  config: Config;
  words: Words;
  api: Api;
  store: Store;
  session: Session;
  /** Ends with destroy(). */
  signal: AbortSignal;
  /** Tells the host page; see Recado.on. */
  emit(event: string, detail?: unknown): void;
}

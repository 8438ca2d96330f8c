/** Keys of one site in this browser's storage. Values are JSON. */
export interface Store {
  get<T>(key: string): T | undefined;
  /** Stores the value; undefined removes it. */
  set(key: string, value: unknown): void;
  /** Names of the keys that begin with prefix, in order. */
  keys(prefix: string): string[];
  /** The key an event of another tab is about, if it is one of ours. */
  key(e: StorageEvent): string | undefined;
}

/**
 * Storage may be blocked (private windows, sandboxed pages) or full; every access is
 * guarded, and what could not be written lives in memory until the page goes.
 */
export function openStore(site: string): Store {
  const mark = `recado:${site}:`;
  const memory = new Map<string, string>();
  const guard = <T>(fn: (storage: Storage) => T) => {
    try {
      return fn(localStorage);
    } catch {
      return undefined;
    }
  };
  return {
    get(key) {
      const raw = memory.get(key) ?? guard((s) => s.getItem(mark + key));
      try {
        return raw ? JSON.parse(raw) : undefined;
      } catch {
        return undefined;
      }
    },
    set(key, value) {
      memory.delete(key);
      if (value === undefined) {
        guard((s) => s.removeItem(mark + key));
        return;
      }
      const raw = JSON.stringify(value);
      const written = guard((s) => {
        s.setItem(mark + key, raw);
        return true;
      });
      if (!written) memory.set(key, raw);
    },
    keys(prefix) {
      const stored = guard((s) => Object.keys(s)) ?? [];
      const ours = stored.filter((k) => k.startsWith(mark)).map((k) => k.slice(mark.length));
      return [...new Set([...ours, ...memory.keys()])].filter((k) => k.startsWith(prefix)).sort();
    },
    key: (e) => (e.key?.startsWith(mark) ? e.key.slice(mark.length) : undefined),
  };
}

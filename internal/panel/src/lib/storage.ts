/** Browser storage that never throws: private modes and full disks only make us forget. */
function guarded(pick: () => Storage) {
  return {
    get<T>(key: string): T | undefined {
      try {
        const raw = pick().getItem(`recado.${key}`);
        return raw === null ? undefined : (JSON.parse(raw) as T);
      } catch {
        return undefined;
      }
    },
    set(key: string, value: unknown) {
      try {
        if (value === undefined) pick().removeItem(`recado.${key}`);
        else pick().setItem(`recado.${key}`, JSON.stringify(value));
      } catch {
        // Nothing to do: the value lives on in memory.
      }
    },
    clear() {
      try {
        for (const key of Object.keys(pick())) if (key.startsWith("recado.")) pick().removeItem(key);
      } catch {
        // Nothing was kept then.
      }
    },
  };
}

/** Kept on this device. */
export const local = guarded(() => localStorage);
/** Kept for this tab, across reloads. */
export const session = guarded(() => sessionStorage);

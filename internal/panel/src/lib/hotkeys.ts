import { useEffect, useRef, useSyncExternalStore } from "react";
import { local } from "./storage";

const listeners = new Set<() => void>();
const enabled = () => local.get("hotkeys") !== false;

export function setHotkeys(on: boolean) {
  local.set("hotkeys", on ? undefined : false);
  for (const listener of listeners) listener();
}

export function useHotkeysEnabled(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, enabled);
}

const busy = "input,textarea,select,[contenteditable],[role=menu],[role=dialog]";

/** Single-letter shortcuts; they rest while somebody types or a menu or dialog is open. */
export function useHotkeys(map: Record<string, (() => void) | undefined>) {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || !enabled()) return;
      if ((e.target as Element).closest?.(busy) || document.querySelector("[role=dialog],[role=menu]")) return;
      const run = latest.current[e.key.toLowerCase()];
      if (!run) return;
      e.preventDefault();
      run();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

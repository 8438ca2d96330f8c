import { useSyncExternalStore } from "react";

export const THEMES = ["light", "dark", "system"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "recado.theme"; // public/theme.js reads the same key before the first paint
const listeners = new Set<() => void>();
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme {
  try {
    const saved = localStorage.getItem(KEY) as Theme | null;
    return saved && THEMES.includes(saved) ? saved : "system";
  } catch {
    return "system";
  }
}

function apply() {
  const root = document.documentElement;
  const dark = chosen() === "dark" || (chosen() === "system" && system.matches);
  root.classList.add("theme-switching"); // no transitions while every colour changes
  root.classList.toggle("dark", dark);
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark ? "#101318" : "#fbfbfc");
  requestAnimationFrame(() => requestAnimationFrame(() => root.classList.remove("theme-switching")));
  for (const tell of listeners) tell();
}
system.addEventListener("change", apply);

export function setTheme(theme: Theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice then lasts until the page is left.
  }
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore((tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  }, chosen);
}

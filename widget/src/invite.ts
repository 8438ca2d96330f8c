import type { Config } from "./wire";

/** Calls tell once, after the visitor has looked at matching addresses for so many seconds. */
export function invite(rule: NonNullable<Config["proactive"]>, signal: AbortSignal, tell: () => void) {
  let seconds = 0;
  // A clock instead of a timeout: single-page hosts change the address, and a hidden tab is not looked at.
  const clock = setInterval(() => {
    if (document.hidden || !location.href.includes(rule.url_contains ?? "")) return;
    if (++seconds < rule.after_seconds) return;
    clearInterval(clock);
    tell();
  }, 1000);
  signal.addEventListener("abort", () => clearInterval(clock));
}

import { useSyncExternalStore } from "react";

// A session that ended while somebody works. The shell then opens the login over the page,
// so that nothing typed is lost; before the first /me there is no page, and the router goes to /login.
let known = false;
let expired = false;
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

export function sessionKnown() {
  known = true;
  if (!expired) return;
  expired = false;
  tell();
}

export function sessionExpired() {
  if (!known || expired) return;
  expired = true;
  tell();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSessionExpired = () => useSyncExternalStore(subscribe, () => expired);

/** Calls back once, when the person has signed in again. */
export function onceSignedInAgain(then: () => void) {
  const stop = subscribe(() => {
    if (expired) return;
    stop();
    then();
  });
}

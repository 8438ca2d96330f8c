/** The IANA time zones this browser knows, its own always among them. */
export function timeZones(): string[] {
  const own = ownZone();
  const all = Intl.supportedValuesOf("timeZone");
  return all.includes(own) ? all : [own, ...all];
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

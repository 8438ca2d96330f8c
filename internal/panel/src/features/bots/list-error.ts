type ListError = { message?: string } | ({ message?: string } | undefined)[] | undefined;

/** The error of a list as a whole, or of the first of its items. */
export function message(error: ListError): string | undefined {
  if (!error) return undefined;
  if ("message" in error && error.message) return error.message;
  return Array.isArray(error) ? error.find((e) => e?.message)?.message : undefined;
}

/** What a refusal means, in the words of its kind of channel. It is a code, maybe with the platform's words: "190 Error validating access token". */
export const meaning = (errors: Record<string, string>, reason: string): string | undefined =>
  errors[reason] ?? errors[reason.split(" ")[0] ?? ""];

/** The same; what nobody has words for stays as it is. */
export const explained = (errors: Record<string, string>, reason: string) => meaning(errors, reason) ?? reason;

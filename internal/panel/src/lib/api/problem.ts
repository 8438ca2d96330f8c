import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import i18n from "@/i18n";
import type { ProblemBody } from "./types";

/** What went wrong with a request: the server's problem+json, or no answer at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: Partial<ProblemBody>;

  constructor(body: Partial<ProblemBody>, status = body.status ?? 0) {
    super(body.detail || body.title || i18n.t(status === 0 ? "problem.offline" : "problem.unknown"));
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? "";
    this.body = body;
  }

  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    return new Problem({ code: "network" }, 0);
  }

  /** Sentence by form field; "body.a.b" of the server is "a.b" of the form. */
  fields(): Map<string, string> {
    const found = new Map<string, string>();
    const put = (location: string | undefined, message: string | undefined) => {
      if (!location?.startsWith("body.") || !message) return;
      const name = location.slice("body.".length).replace(/\[(\d+)\]/g, ".$1");
      if (!found.has(name)) found.set(name, message);
    };
    for (const e of this.body.errors ?? []) put(e.location, e.message);
    put(this.body.field, this.body.detail ?? this.body.title);
    return found;
  }
}

/**
 * Shows a refused form where the mistake is: each error beside its field when the form has that
 * field, everything else at `root`.
 */
export function showProblem<T extends FieldValues>(
  problem: Problem,
  setError: UseFormSetError<T>,
  known: readonly string[],
) {
  let placed = false;
  for (const [name, message] of problem.fields()) {
    if (!known.some((k) => name === k || name.startsWith(`${k}.`))) continue;
    setError(name as Path<T>, { type: "server", message }, { shouldFocus: !placed });
    placed = true;
  }
  if (!placed) setError("root", { type: "server", message: problem.message });
}

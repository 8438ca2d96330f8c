import createClient from "openapi-fetch";
import i18n from "@/i18n";
import { Problem } from "./problem";
import type { paths } from "./schema";
import { sessionExpired } from "./session";

/** The only way to talk to the server; paths, bodies and answers are typed by schema.d.ts. */
export const client = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  fetch: (request) => fetch(request), // the one of the moment, so that a test can stand in
});

client.use({
  onRequest({ request }) {
    request.headers.set("Accept-Language", i18n.language);
    return request;
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && !schemaPath.startsWith("/api/v1/auth/")) sessionExpired();
  },
  onError: () => new Problem({ code: "network" }, 0),
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The answer's body, or a thrown Problem. */
export async function ok<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  throw new Problem((error && typeof error === "object" ? error : {}) as object, response.status);
}

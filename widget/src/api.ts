/**
 * Why a request failed. Status 0 means that no answer came: no network, a timeout, or a
 * page the server does not allow. retryAfter is in seconds.
 */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code = "",
    detail = "",
    readonly field = "",
    readonly retryAfter = 0,
  ) {
    super(detail);
  }
}

export interface Api {
  /** Where a path of this site lives, as http(s). */
  url(path: string): string;
  /** Posts a body, or gets. Throws a Problem. */
  call<T>(path: string, body?: object): Promise<T>;
  /** Proves who the visitor is, once a session has given it. */
  token: string;
}

const TIMEOUT = 20_000; // ms, for requests without a file

/** problem+json (RFC 9457) with our code, field and retry_after; anything else keeps only the status. */
export function problem(status: number, text: string): Problem {
  let p: { code?: string; detail?: string; title?: string; field?: string; retry_after?: number } = {};
  try {
    p = JSON.parse(text) || p;
  } catch {
    // A proxy's HTML page.
  }
  return new Problem(status, p.code, p.detail || p.title, p.field, p.retry_after);
}

export function openApi(base: string, site: string, lang: string): Api {
  const url = (path: string) => `${base}/webchat/${encodeURIComponent(site)}/${path}`;
  const api: Api = {
    url,
    token: "",
    async call(path: string, body?: object) {
      const headers: Record<string, string> = { "Accept-Language": lang };
      if (body) headers["Content-Type"] = "application/json";
      if (api.token) headers.Authorization = `Bearer ${api.token}`;
      let answer: Response;
      let text: string;
      try {
        answer = await fetch(url(path), {
          method: body ? "POST" : "GET",
          headers,
          body: body && JSON.stringify(body),
          credentials: "omit",
          signal: AbortSignal.timeout(TIMEOUT),
        });
        text = await answer.text();
      } catch {
        throw new Problem(0);
      }
      if (!answer.ok) throw problem(answer.status, text);
      return JSON.parse(text);
    },
  };
  return api;
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A shop's own page on an origin of its own, as strict as a page can be: it allows scripts,
 * connections and pictures of the chat's origin and nothing else, not even its own styles, and
 * refuses every string that would become code or markup.
 */
export async function shopElsewhere(chat: string, snippet: string, title = "Panadería Sol") {
  const policy = [
    "default-src 'none'",
    `script-src ${chat}`,
    `connect-src ${chat} ${chat.replace(/^http/, "ws")}`,
    `img-src ${chat} blob:`,
    "require-trusted-types-for 'script'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const text = title.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  const page = `<!doctype html><html lang="es"><head><meta charset="utf-8"><title>${text}</title></head>
<body><main><h1>Pan</h1></main>${snippet}</body></html>`;
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy }).end(page);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, close };
}

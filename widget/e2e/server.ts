// A webchat server for tests: the documented protocol, held in memory, that can be told
// to fail. The shop's page lives on another origin, as it does in life.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { Attention, Config, Content, Message } from "../src/wire";

interface Visitor {
  token: string;
  id: string;
  verified: boolean;
  /** Has left an address. */
  reachable: boolean;
  messages: Message[];
  read: number;
  seen: number;
  sockets: Set<WebSocket>;
}

export interface PageOptions {
  /** Attributes of the script element, without data-. */
  data?: Record<string, string>;
  csp?: string;
  /** Scripts of the page itself, before the widget's. */
  before?: string;
  lang?: string;
}

const PIXELS = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

export class FakeServer {
  config: Partial<Config> = {};
  /** Every answer of the API is this status, until undefined again. */
  failure: { status: number; body?: object } | undefined;
  /** Whether files are taken in without ever an answer. */
  stuck = false;
  /** Whether sockets are refused. */
  deaf = false;
  /** Client ids in the order they were posted, repeats included. */
  posted: string[] = [];
  /** Frames the widget sent. */
  frames: { t: string; [key: string]: unknown }[] = [];
  sessions: { token?: string; identity?: string; prechat?: Record<string, string> }[] = [];
  visitors: Visitor[] = [];
  /** Addresses of media answer 404 until they are signed again. */
  expired = false;
  page: PageOptions = {};
  reports: string[] = [];
  /** What the shop's bot answers; nothing by default. */
  bot: (said: Message, visitor: Visitor) => void = () => {};
  origin = "";
  shop = "";
  private servers: Server[] = [];
  private sockets = new WebSocketServer({ noServer: true });

  async start() {
    const api = createServer((req, res) => {
      this.serve(req, res).catch((e) => send(res, 500, { detail: String(e) }));
    });
    const sockets = this.sockets;
    api.on("upgrade", (req, socket, head) => {
      if (this.failure || this.deaf) return socket.destroy();
      sockets.handleUpgrade(req, socket, head, (ws) => this.listen(ws));
    });
    const shop = createServer((req, res) => this.host(req, res));
    this.servers = [api, shop];
    await Promise.all(this.servers.map((s) => new Promise<void>((done) => s.listen(0, "127.0.0.1", done))));
    this.origin = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    this.shop = `http://localhost:${(shop.address() as AddressInfo).port}`;
    return this;
  }

  async stop() {
    this.hangUp();
    for (const s of this.sockets.clients) s.terminate();
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  hangUp() {
    for (const v of this.visitors) for (const s of v.sockets) s.terminate();
  }

  visitor(): Visitor {
    const last = this.visitors.at(-1);
    if (!last) throw new Error("nobody has come yet");
    return last;
  }

  /** A message from the shop's side, to everybody listening. */
  say(from: Message["from"], content: Content, name?: string, v = this.visitor()): Message {
    return this.store(v, {
      id: randomUUID(),
      seq: v.messages.length + 1,
      from,
      name,
      at: new Date().toISOString(),
      content,
    });
  }

  /** Any frame, to everybody listening. */
  tell(frame: object, v = this.visitor()) {
    for (const s of v.sockets) s.send(JSON.stringify(frame));
  }

  attention(now: Attention) {
    this.tell({ t: "conversation", ...now });
  }

  private store(v: Visitor, m: Message): Message {
    v.messages.push(m);
    this.tell({ t: "message", m: this.signed(m) }, v);
    return m;
  }

  /** Addresses carry a signature that stops working when they expire. */
  private signed(m: Message): Message {
    const { media } = m.content;
    if (!media?.url) return m;
    return {
      ...m,
      content: { ...m.content, media: { ...media, url: `${media.url}?signed=${this.expired ? "new" : "old"}` } },
    };
  }

  private newVisitor(verified: boolean): Visitor {
    const v = {
      token: randomUUID(),
      id: randomUUID(),
      verified,
      reachable: false,
      messages: [],
      read: 0,
      seen: 0,
      sockets: new Set<WebSocket>(),
    };
    this.visitors.push(v);
    return v;
  }

  private listen(ws: WebSocket) {
    let v: Visitor | undefined;
    ws.on("message", (raw) => {
      const frame = JSON.parse(String(raw));
      this.frames.push(frame);
      if (frame.t === "ping") return ws.send('{"t":"pong"}');
      if (frame.t === "seen" && v) v.seen = Math.max(v.seen, frame.seq);
      if (frame.t !== "hello") return;
      v = this.visitors.find((x) => x.token === frame.token);
      if (!v) {
        ws.send('{"t":"gone","code":"webchat.token"}');
        return ws.close();
      }
      v.sockets.add(ws);
      ws.send(JSON.stringify({ t: "ready", seq: v.messages.length, now: new Date().toISOString() }));
      for (const m of v.messages) if (m.seq > frame.after) ws.send(JSON.stringify({ t: "message", m: this.signed(m) }));
    });
    ws.on("close", () => v?.sockets.delete(ws));
  }

  private async serve(req: IncomingMessage, res: ServerResponse) {
    const url = new URL(req.url ?? "/", this.origin);
    res.setHeader("Access-Control-Allow-Origin", req.headers.origin ?? "*");
    res.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type, X-File-Name, Accept-Language");
    res.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
    if (req.method === "OPTIONS") return send(res, 204);
    const [, top, site = "", path = ""] = url.pathname.split("/");
    if (top === "widget") return this.asset(site, res);
    if (top === "media") return this.media(url, res);
    if (this.failure) return send(res, this.failure.status, this.failure.body ?? {});
    if (path === "config") {
      return send(res, 200, { site, lang: url.searchParams.get("lang") ?? "es", ...defaults, ...this.config });
    }
    if (path === "session") return this.session(JSON.parse(String(await body(req))), res);
    const v = this.visitors.find((x) => `Bearer ${x.token}` === req.headers.authorization);
    if (!v) return send(res, 401, { code: "webchat.token", detail: "unknown token" });
    if (path === "files") return this.file(req, res);
    if (req.method === "GET") return this.history(v, url.searchParams, res);
    return this.message(v, JSON.parse(String(await body(req))), res);
  }

  private session(ask: { token?: string; identity?: string; prechat?: Record<string, string> }, res: ServerResponse) {
    this.sessions.push(ask);
    if (ask.identity === "expired") return send(res, 401, { code: "webchat.identity", detail: "expired" });
    const known = ask.identity
      ? this.visitors.find((v) => v.verified && v.id === ask.identity)
      : this.visitors.find((v) => v.token === ask.token);
    const v = known ?? this.newVisitor(!!ask.identity);
    if (ask.identity) v.id = ask.identity;
    if (ask.prechat?.email || ask.prechat?.phone) v.reachable = true;
    const messages = v.messages.slice(-50).map((m) => this.signed(m));
    send(res, 200, {
      token: v.token,
      visitor: v.id,
      verified: v.verified,
      reachable: v.reachable,
      agent_read_seq: v.read,
      unread: v.messages.filter((m) => m.from !== "contact" && m.seq > v.seen).length,
      messages,
      more: v.messages.length > 50,
    });
  }

  private history(v: Visitor, q: URLSearchParams, res: ServerResponse) {
    const before = Number(q.get("before"));
    const earlier = v.messages.filter((m) => m.seq < before);
    const messages = earlier.slice(-Number(q.get("limit"))).map((m) => this.signed(m));
    send(res, 200, { messages, more: messages.length < earlier.length });
  }

  private message(v: Visitor, ask: { client_id: string; content: Content }, res: ServerResponse) {
    this.posted.push(ask.client_id);
    let m = v.messages.find((x) => x.client_id === ask.client_id);
    if (!m) {
      const { client_id, content } = ask;
      if (content.media) content.media.url = `${this.origin}/media/${content.media.file}`;
      m = this.store(v, {
        id: randomUUID(),
        seq: v.messages.length + 1,
        client_id,
        from: "contact",
        at: new Date().toISOString(),
        content,
        state: "delivered",
      });
      this.bot(m, v);
    }
    send(res, 200, { id: m.id, seq: m.seq, client_id: m.client_id, at: m.at });
  }

  private async file(req: IncomingMessage, res: ServerResponse) {
    const data = await body(req);
    if (this.stuck) return;
    const mime = req.headers["content-type"] ?? "";
    if (data.length > 1_000_000)
      return send(res, 413, { code: "file.too_large", detail: "El archivo es demasiado grande." });
    const file = randomUUID();
    const name = decodeURIComponent(String(req.headers["x-file-name"]));
    send(res, 201, { file, name, mime, size: data.length, url: `${this.origin}/media/${file}` });
  }

  private media(url: URL, res: ServerResponse) {
    const stale = this.expired && url.searchParams.get("signed") === "old";
    if (stale) return send(res, 404);
    res.setHeader("Content-Type", url.pathname.endsWith(".svg") ? "image/svg+xml" : "image/png");
    res.end(url.pathname.endsWith(".svg") ? picture(url.pathname) : PIXELS);
  }

  private async asset(name: string, res: ServerResponse) {
    const code = await readFile(`dist/${name}`).catch(() => undefined);
    if (!code) return send(res, 404);
    res.setHeader("Content-Type", "text/javascript; charset=utf-8");
    res.end(code);
  }

  /** The shop's own page. */
  private host(req: IncomingMessage, res: ServerResponse) {
    if (req.url === "/favicon.ico") return res.writeHead(204).end();
    if (req.url === "/csp") {
      body(req).then((text) => this.reports.push(String(text)));
      return res.writeHead(204).end();
    }
    const { data = {}, csp, before = "", lang = "es" } = this.page;
    if (csp)
      res.setHeader(
        "Content-Security-Policy",
        `${csp.replaceAll("$CHAT", `${this.origin} ${this.origin.replace("http", "ws")}`)}; report-uri /csp`,
      );
    const attributes = Object.entries({ site: "aurora", ...data }).map(([k, v]) => `data-${k}="${v}"`);
    res.setHeader("Content-Type", "text/html; charset=utf-8");
    res.end(`<!doctype html><html lang="${lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<title>Tienda Aurora</title>${before && `<script>${before}</script>`}
<main><h1>Tienda Aurora</h1><p>Velas, cerámica y textiles hechos a mano.</p><button id="buy">Comprar</button></main>
<script async src="${this.origin}/widget/widget.js" ${attributes.join(" ")}></script></html>`);
  }
}

const defaults: Partial<Config> = {
  name: "Tienda Aurora",
  title: "Tienda Aurora",
  subtitle: "Respondemos en unos minutos",
  greeting: "Hola, ¿en qué te ayudamos?",
  color: "#4f46e5",
  position: "right",
  radius: 12,
  quick_replies: [],
  prechat: [],
  open: true,
  leave_message: true,
  limits: { text: 4096, file_bytes: 500_000, file_types: ["image/png", "image/jpeg", "application/pdf", "text/plain"] },
  sound: true,
};

function send(res: ServerResponse, status: number, json?: object) {
  res.writeHead(status, json && { "Content-Type": status < 400 ? "application/json" : "application/problem+json" });
  res.end(json && JSON.stringify(json));
}

async function body(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** A drawing in a colour of its own for every name. */
function picture(name: string): string {
  const hue = [...name].reduce((sum, c) => sum + c.charCodeAt(0) * 7, 0) % 360;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 216 136"><rect width="216" height="136" fill="hsl(${hue} 45% 82%)"/><circle cx="108" cy="72" r="38" fill="hsl(${hue} 40% 58%)"/><rect x="84" y="96" width="48" height="14" rx="4" fill="hsl(${hue} 40% 40%)"/></svg>`;
}

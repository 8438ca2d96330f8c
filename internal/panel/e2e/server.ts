import { execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { request } from "@playwright/test";
import { elena, password, people } from "./people";

const run = promisify(execFile);
const here = import.meta.dirname;
const binary = resolve(process.env.RECADO_BIN ?? join(here, "../../../bin/recado"));
const log = join(here, "../test-results/recado.log");
const STOPS_WITHIN = 30_000; // ms; the program promises 20 s

/**
 * Starts the program with its demo company and a private database, all in a folder of its own,
 * on a port that the system picks. Tests find it in RECADO_URL. Returns what ends it.
 */
export default async function start() {
  const data = await mkdtemp(join(tmpdir(), "recado-e2e-"));
  await chmod(data, 0o711); // the account that runs root's database must pass, or it is kept elsewhere
  const env = environment(data);
  try {
    await recruit(env);
    const server = await serve(env);
    process.env.RECADO_URL = server.url;
    await prepare(server.url);
    return async () => {
      await server.stop();
      await rm(data, { recursive: true, force: true });
      await expectQuietLog();
    };
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw error;
  }
}

/** Ours alone: what the person at this machine has configured for a real installation must not be touched. */
function environment(data: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => name === "RECADO_PG_BIN" || !/^(RECADO_|DATABASE_URL$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    RECADO_DATA: data,
    RECADO_ADDR: "127.0.0.1:0",
    RECADO_DEMO_PASSWORD: password,
    RECADO_USER_PASSWORD: password,
  };
}

/** Fills the demo company and adds somebody who works in English. */
async function recruit(env: NodeJS.ProcessEnv) {
  const { stdout } = await run(binary, ["demo"], { env });
  const company = /company ([0-9a-f-]{36})/.exec(stdout)?.[1];
  if (!company) throw new Error(`recado demo did not name its company: ${stdout}`);
  const who = ["--company", company, "--email", elena.email, "--name", elena.name, "--role", "admin"];
  await run(binary, ["user", "add", ...who], { env });
}

async function serve(env: NodeJS.ProcessEnv) {
  await mkdir(join(log, ".."), { recursive: true });
  const child = spawn(binary, ["serve", "--demo"], { env, stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.pipe(createWriteStream(log));
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  const ready = new Promise<string>((done) => {
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
      const url = /^ready on (\S+)/m.exec(said)?.[1];
      if (url) done(url);
    });
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOPS_WITHIN);
    const code = await ended;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`recado ended with ${code}; see ${log}`);
  };
  const early = ended.then((code): never => {
    throw new Error(`recado ended with ${code} before it was ready; see ${log}`);
  });
  const url = await Promise.race([ready, early]);
  early.catch(() => {}); // from here on its end is waited for by stop
  return { url, stop };
}

/** What the tests take for granted, whatever the hour: somebody attends, and Elena reads English. */
async function prepare(url: string) {
  const as = async (email: string, change: string, data: object) => {
    const api = await request.newContext({ baseURL: url });
    for (const [method, path, body] of [
      ["POST", "/api/v1/auth/login", { email, password }],
      ["PATCH", change, data],
    ] as const) {
      const answer = await api.fetch(path, { method, data: body });
      if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    }
    await api.dispose();
  };
  const ready = await fetch(`${url}/readyz`);
  if (!ready.ok) throw new Error(`/readyz: ${ready.status} ${await ready.text()}`);
  await as(people.lucia.email, "/api/v1/company", { hours: { always: true } });
  await as(elena.email, "/api/v1/me", { language: "en" });
}

/** Nothing that the tests do is the program's fault, so it has no errors to log. */
async function expectQuietLog() {
  const [running = ""] = (await readFile(log, "utf8")).split("msg=stopping"); // what is cut short may complain
  const errors = running.split("\n").filter((line) => /level=ERROR|^panic:/.test(line));
  if (errors.length > 0) throw new Error(`recado logged errors:\n${errors.join("\n")}`);
}

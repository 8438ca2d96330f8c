// What a browser downloads to open a page: the entry, the page's own code, everything they import
// and the texts in Spanish (the longer ones), as brotli. Prints a table and fails over the limits; --json prints the numbers instead.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const KB = 1000;
const shell = ["index.html", "src/app/shell.tsx"];
const texts = (...names) => ["common", ...names].map((name) => `src/i18n/locales/es/${name}.json`);
const PAGES = {
  login: { entries: ["index.html", "src/features/auth/login.tsx", ...texts("auth")], js: 195 * KB },
  inbox: { entries: [...shell, "src/features/inbox/page.tsx", ...texts("inbox")], js: 190 * KB },
  // The inbox with a conversation open: its code is fetched when one is about to be opened.
  conversation: {
    entries: [...shell, "src/features/inbox/page.tsx", "src/features/inbox/conversation.tsx", ...texts("inbox")],
    js: 209 * KB,
  },
  overview: { entries: [...shell, "src/features/overview/page.tsx", ...texts("overview")], js: 275 * KB },
  bot: { entries: [...shell, "src/features/bots/page.tsx", ...texts("bots")], js: 233 * KB },
  // Desktop: the shell is 166 KB of it and React Flow 49. What stands beside the canvas comes after it;
  // CodeMirror and dagre when they are first needed. A phone, which only reads, gets no canvas.
  flow: {
    entries: [
      ...shell,
      "src/features/flows/builder/page.tsx",
      "src/features/flows/builder/canvas.tsx",
      ...texts("flows"),
    ],
    js: 247 * KB,
  },
};
const CSS = 15 * KB;

/** Every file the entries need before they can run. */
export function files(manifest, entries) {
  const found = new Set();
  const seen = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk) throw new Error(`${key} is not in the build`);
    if (seen.has(key)) return;
    seen.add(key);
    found.add(chunk.file);
    for (const css of chunk.css ?? []) found.add(css);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const key of entries) visit(key);
  return [...found];
}

function main() {
  const dist = process.env.OUT_DIR ?? fileURLToPath(new URL("../dist", import.meta.url));
  const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
  const size = (file) => {
    const br = statSync(join(dist, `${file}.br`), { throwIfNoEntry: false });
    return (br ?? statSync(join(dist, file))).size;
  };
  const sum = (list) => list.reduce((total, file) => total + size(file), 0);
  const json = {};
  let over = 0;
  for (const [page, { entries, js: limit }] of Object.entries(PAGES)) {
    const all = files(manifest, entries);
    const js = sum(all.filter((f) => f.endsWith(".js")));
    const css = sum(all.filter((f) => f.endsWith(".css")));
    json[`panel_${page}_br_bytes`] = js + css;
    if (js > limit || css > CSS) over++;
    if (!process.argv.includes("--json"))
      console.log(
        `${page.padEnd(12)} js ${kb(js)} of ${kb(limit)}   css ${kb(css)} of ${kb(CSS)}${js > limit || css > CSS ? "   over" : ""}`,
      );
  }
  if (process.argv.includes("--json")) console.log(JSON.stringify(json));
  if (over > 0) process.exit(1);
}
const kb = (bytes) => `${(bytes / KB).toFixed(1).padStart(6)} KB`;

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

// Builds dist: hashed chunks (main, chat, extras, languages), then widget.js, which carries
// the name of main. Writes .br and .gz beside each file, says what they weigh (--json: for
// machines) and fails over budget.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, minify } from "vite";

const KB = 1024;
const budget = { loader: 5 * KB, chat: 15 * KB, all: 21 * KB };

mkdirSync("dist", { recursive: true });
for (const file of readdirSync("dist")) if (file !== ".gitkeep") rmSync(`dist/${file}`);

// Names of our own objects, which only our code reads, so they need not be long. Never a
// name that the wire, the store, the host page or the browser knows, nor one that is looked
// up by its text (words[state]).
const own = `
  again api attach attention away back badEmail badPhone badge base begin bubble button choice choices choose chosen
  complain config count decline disable discard drawn drop element emit emptyFile end expanded extra
  forget group hide item items joined keep kind known leave line link missed mute muted newTitle newer
  notLoaded notice older paragraph pick previous progress put reach ready rechoose redraw refresh reply restart restore
  retryAfter rich root say see session show stale store tick tooLarge tooLong trouble typing unloaded unmute
  unshown until uploading view visible wake words write wrongType you
`
  .trim()
  .split(/\s+/);
const wire = readFileSync("src/wire.ts", "utf8");
const source = readdirSync("src", { recursive: true })
  .filter((file) => /(?<!test)\.(ts|json)$/.test(file))
  .map((file) => readFileSync(`src/${file}`, "utf8"))
  .join("\n");
for (const name of own) {
  if (new RegExp(`\\b${name}\\??:`).test(wire)) fail(`${name} is a name of the wire: the build must not shorten it.`);
  if (!new RegExp(`\\b${name}\\b`).test(source)) fail(`${name} is no name of ours any more.`);
}
const alphabet = "abcdefghijklnopqrsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_"; // without t and m, names of the wire
const short = (n) => (alphabet[Math.floor(n / alphabet.length) - 1] ?? "") + alphabet[n % alphabet.length];
const mangleProps = {
  include: new RegExp(`^(${own.join("|")})$`),
  quoted: true,
  cache: Object.fromEntries(own.map((name, n) => [name, short(n)])), // the same in every chunk
};
const shorten = {
  name: "shorten",
  renderChunk: (code, { fileName }) =>
    minify(fileName, code, { module: true, compress: false, mangle: false, mangleProps }),
};

const names = ({ name, facadeModuleId }) =>
  `${/i18n.extras/.test(facadeModuleId ?? "") ? "extras-" : ""}${name}-[hash].js`;
const [{ output }] = await build({
  logLevel: "warn",
  plugins: [shorten],
  build: {
    lib: { entry: { main: "src/main.ts" }, formats: ["es"] },
    rolldownOptions: {
      preserveEntrySignatures: "allow-extension", // what main and the chat share stays in main
      output: { entryFileNames: names, chunkFileNames: names, minify: true },
    },
  },
});
await build({
  logLevel: "warn",
  define: { MAIN: JSON.stringify(output.find((chunk) => chunk.name === "main").fileName) },
  build: { lib: { entry: "src/widget.ts", formats: ["iife"], name: "Recado", fileName: () => "widget.js" } },
});

const sizes = {}; // gzip -9, in bytes, by name without its hash
for (const file of readdirSync("dist").filter((name) => name.endsWith(".js"))) {
  const code = readFileSync(`dist/${file}`);
  const gz = gzipSync(code, { level: 9 });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: code.length };
  writeFileSync(`dist/${file}.gz`, gz);
  writeFileSync(`dist/${file}.br`, brotliCompressSync(code, { params }));
  sizes[file.replace(/(-.{8})?\.js$/, "")] = gz.length;
}

const heaviest = (prefix) =>
  Math.max(...Object.keys(sizes).map((name) => (/^..$/.test(name) ? sizes[prefix + name] : 0)));
const loader = sizes.widget + sizes.main;
const chat = loader + sizes.chat + heaviest("");
const all = chat + sizes.alert + sizes.invite + sizes.extras + heaviest("extras-");
const totals = { loader, chat, all };
if (process.argv.includes("--json")) console.log(JSON.stringify({ sizes, totals, budget }, null, 2));
else {
  console.table(sizes);
  console.log(`gzip -9, in bytes, with the heaviest language:
  loader, on every page             ${loader} of ${budget.loader}
  loader, chat, language            ${chat} of ${budget.chat}
  and forms, files, cards, sound    ${all} of ${budget.all}`);
}
for (const part in totals) if (totals[part] > budget[part]) fail(`The widget is over its budget for ${part}.`);

function fail(why) {
  console.error(why);
  process.exit(1);
}

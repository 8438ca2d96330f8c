// Builds dist: hashed chunks (main, chat, one per language), then widget.js, which carries
// the name of main. Writes .br and .gz beside each file and fails over budget.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, minify } from "vite";

const KB = 1024;
const budget = { loader: 6 * KB, total: 15 * KB }; // gzip -9; total is everything in the heaviest language

mkdirSync("dist", { recursive: true });
for (const file of readdirSync("dist")) if (file !== ".gitkeep") rmSync(`dist/${file}`);

// Names of our own objects, which only our code reads, so they need not be long. Never a
// name that the wire, the store, the host page or the browser knows, nor one that is looked
// up by its text (words[state]).
const own = `
  again alert api attach attention away back badEmail badPhone badge base begin bubble choice choices choose chosen
  complain config connected decline discard drawn emit emptyFile expanded extra fill forget group joined keep known
  leave mute muted newTitle newer notLoaded notice older paragraph pick put reach rechoose redraw refresh reply restart
  restore retryAfter rich say session stale store tick tooLarge tooLong trouble unloaded unmute unshown uploading visible
  wake words write wrongType you missed
`
  .trim()
  .split(/\s+/);
const alphabet = "abcdefghijklnopqrsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_"; // without t and m, names of the wire
const short = (n) => (alphabet[Math.floor(n / alphabet.length) - 1] ?? "") + alphabet[n % alphabet.length];
const cache = Object.fromEntries(own.map((name, n) => [name, short(n)]));
const shorten = {
  name: "shorten",
  renderChunk: (code, { fileName }) =>
    minify(fileName, code, {
      module: true,
      compress: false,
      mangle: false,
      codegen: { removeWhitespace: false },
      mangleProps: { include: new RegExp(`^(${own.join("|")})$`), cache },
    }),
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

const sizes = readdirSync("dist")
  .filter((name) => name.endsWith(".js"))
  .map((file) => {
    const code = readFileSync(`dist/${file}`);
    const gz = gzipSync(code, { level: 9 });
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: code.length };
    writeFileSync(`dist/${file}.gz`, gz);
    writeFileSync(`dist/${file}.br`, brotliCompressSync(code, { params }));
    console.log(`${file.padEnd(20)} ${String(code.length).padStart(7)} B   gzip -9 ${String(gz.length).padStart(6)} B`);
    return { name: file.replace(/(-.{8})?\.js$/, ""), size: gz.length };
  });

const sum = (test) => sizes.filter(({ name }) => test.test(name)).reduce((total, { size }) => total + size, 0);
const heaviest = (test) => Math.max(...sizes.filter(({ name }) => test.test(name)).map(({ size }) => size));
const loader = sum(/^(widget|main)$/);
const chat = loader + sum(/^chat$/) + heaviest(/^..$/);
const extras = sum(/^extras$/) + heaviest(/^extras-..$/);
console.log(
  `loader ${loader} of ${budget.loader} B; with the chat ${chat} of ${budget.total} B; forms, files and cards, when used: ${extras} B`,
);
if (loader > budget.loader || chat > budget.total) {
  console.error("The widget is over its size budget.");
  process.exit(1);
}

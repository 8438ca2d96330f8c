// Fails when a catalogue misses a key, has an extra one, differs in placeholders, or when
// a key is no longer used. English is the reference; extras has its own catalogues.
import { readdirSync, readFileSync } from "node:fs";

const holes = (sentence = "") => (sentence.match(/\{\d\}/g) ?? []).sort().join();
const sources = readdirSync("src", { recursive: true })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .map((file) => readFileSync(`src/${file}`, "utf8"))
  .join("\n");
const faults = [];
let count = 0;

for (const folder of ["src/i18n", "src/i18n/extras"]) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const read = (file) => JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
  const english = read("en.json");
  for (const file of files) {
    const words = read(file);
    for (const [key, sentence] of Object.entries(english)) {
      if (!words[key]?.trim()) faults.push(`${folder}/${file}: missing ${key}`);
      else if (holes(words[key]) !== holes(sentence)) faults.push(`${folder}/${file}: placeholders differ in ${key}`);
      if (/[!¡]/.test(words[key])) faults.push(`${folder}/${file}: exclamation mark in ${key}`);
    }
    for (const key of Object.keys(words)) if (!(key in english)) faults.push(`${folder}/${file}: unknown key ${key}`);
  }
  for (const key of Object.keys(english)) {
    count++;
    if (!new RegExp(`["'.\\s{,]${key}\\b`).test(sources)) faults.push(`${folder}: unused key ${key}`);
  }
}
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`i18n: ${count} keys in every language`);

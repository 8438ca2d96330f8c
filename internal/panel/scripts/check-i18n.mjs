// Fails when the languages do not say the same things: a key missing or too many, a plural form
// missing (Spanish also has "many"), different placeholders, or a key the source uses but nobody wrote.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REFERENCE = "en";
const PLURAL = /_(zero|one|two|few|many|other)$/;

const flat = (object, prefix = "") =>
  Object.entries(object).flatMap(([key, value]) =>
    typeof value === "object" ? flat(value, `${prefix}${key}.`) : [[prefix + key, value]],
  );
const placeholders = (text) => (text.match(/\{\{[^}]+\}\}/g) ?? []).sort().join();

/** What is wrong with one file of one language, compared with the reference. */
export function compare(language, reference, translated) {
  const base = new Map(flat(reference));
  const own = new Map(flat(translated));
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const needed = new Map();
  for (const [key, text] of base) {
    if (!PLURAL.test(key)) needed.set(key, text);
    else for (const form of forms) needed.set(key.replace(PLURAL, `_${form}`), base.get(key.replace(PLURAL, "_other")));
  }
  const wrong = [];
  for (const [key, text] of needed) {
    if (!own.get(key)) wrong.push(`missing ${key}`);
    else if (placeholders(text ?? "") !== placeholders(own.get(key))) wrong.push(`placeholders differ in ${key}`);
  }
  for (const key of own.keys()) if (!needed.has(key)) wrong.push(`unknown ${key}`);
  return wrong;
}

/** Literal keys a source file asks for: t("a.b") in the namespace of the last useTranslation before it, or t("ns:a.b"). */
export function used(source) {
  let ns = "common";
  const keys = [];
  for (const [, hook, first, key] of source.matchAll(/\b(?:(useTranslation)\((?:\[?"(\w+)")?|t\(\s*"([\w.:]+)")/g)) {
    if (hook) ns = first ?? "common";
    else keys.push(key.includes(":") ? key : `${ns}:${key}`);
  }
  return keys;
}

function sources(dir) {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile() && /\.tsx?$/.test(e.name) && !/\.test\./.test(e.name))
    .map((e) => join(e.parentPath, e.name));
}

function main() {
  const src = fileURLToPath(new URL("../src/", import.meta.url));
  const locales = join(src, "i18n/locales");
  const read = (language, file) => JSON.parse(readFileSync(join(locales, language, file), "utf8"));
  const problems = [];
  const known = new Set();
  for (const file of readdirSync(join(locales, REFERENCE))) {
    const reference = read(REFERENCE, file);
    for (const [key] of flat(reference)) known.add(`${file.replace(".json", "")}:${key.replace(PLURAL, "")}`);
    for (const language of readdirSync(locales)) {
      if (!existsSync(join(locales, language, file))) problems.push(`${language}/${file}: missing`);
      else
        for (const p of compare(language, reference, read(language, file))) problems.push(`${language}/${file}: ${p}`);
    }
  }
  for (const path of sources(src))
    for (const key of used(readFileSync(path, "utf8")))
      if (!known.has(key)) problems.push(`${path.slice(src.length)}: nobody wrote ${key}`);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
  console.log(`texts agree: ${known.size} keys`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

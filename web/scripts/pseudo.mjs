// Writes the pseudo-locale: English that is longer, accented and bracketed, so that what does not fit or is not
// translated shows at a glance. Placeholders, linked messages and plural forms stay as they are.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const ACCENTED = { a: "á", c: "ç", e: "é", i: "í", n: "ñ", o: "ö", s: "š", u: "ü", y: "ý", A: "Å", E: "É", O: "Ö", U: "Ü" };
const GROWTH = 0.4;

/** @param {string} text */
export function pseudo(text) {
  const forms = text.split(" | ").map((form) => {
    const accented = form.replace(/\{[^}]*\}|@\S+|[A-Za-z]/g, (part) => ACCENTED[part] ?? part);
    return `[${accented}${"·".repeat(Math.ceil(form.length * GROWTH))}]`;
  });
  return forms.join(" | ");
}

/** @param {Record<string, unknown>} messages */
function translated(messages) {
  return Object.fromEntries(
    Object.entries(messages).map(([key, value]) => [key, typeof value === "string" ? pseudo(value) : translated(value)]),
  );
}

if (process.argv[1] === import.meta.filename) {
  const folder = new URL("../languages/", import.meta.url);
  const english = JSON.parse(readFileSync(new URL("en.json", folder), "utf8"));
  mkdirSync(new URL("generated/", folder), { recursive: true });
  writeFileSync(new URL("generated/qps.json", folder), JSON.stringify(translated(english)));
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pluralForms, pluralIndex } from "@/app/i18n";
import { pseudo } from "../scripts/pseudo.mjs";

type Messages = { [key: string]: string | Messages };

const folder = import.meta.dirname;
const web = join(folder, "..");

function flat(messages: Messages, prefix = ""): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
}

const languages = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => ({ code: name.slice(0, -5), messages: new Map(flat(JSON.parse(readFileSync(join(folder, name), "utf8")))) }));
const english = languages.find(({ code }) => code === "en")!.messages;

const placeholders = (message: string) => [...new Set([...message.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!))].sort();

/** `t("key")`, `$t('key')` and `title: "key"` of the source; keys that are put together at run time are not seen. */
function keysUsed(): Set<string> {
  const sources = readdirSync(web, { recursive: true, encoding: "utf8" }).filter(
    (path) => /\.(vue|ts)$/.test(path) && !/node_modules|^dist|\.test\.ts$|schema\.d\.ts$/.test(path),
  );
  const pattern = /(?:\$t|\bt)\(\s*["']([\w.]+)["']|\btitle: ["'](\w+(?:\.\w+)+)["']/g;
  const matches = sources.flatMap((path) => [...readFileSync(join(web, path), "utf8").matchAll(pattern)]);
  return new Set(matches.map((match) => match[1] ?? match[2]!));
}

describe("every language is whole", () => {
  it("has every key that the source names", () => {
    const used = keysUsed();
    expect(used.size).toBeGreaterThan(40);
    expect([...used].filter((key) => !english.has(key))).toEqual([]);
  });

  it.each(languages)("$code has the keys of English, and no others", ({ messages }) => {
    expect([...messages.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it.each(languages)("$code uses the placeholders of English", ({ messages }) => {
    const plural = (message: string) => message.includes(" | ");
    const different = [...messages].filter(
      ([key, message]) => !plural(message) && placeholders(message).join() !== placeholders(english.get(key) ?? "").join(),
    );
    expect(different).toEqual([]);
  });

  it.each(languages)("$code has as many plural forms as its rules ask for", ({ code, messages }) => {
    const wrong = [...messages].filter(([key, message]) => {
      const isPlural = english.get(key)?.includes(" | ") ?? false;
      return message.split(" | ").length !== (isPlural ? pluralForms(code).length : 1);
    });
    expect(wrong).toEqual([]);
  });
});

describe("plural rules", () => {
  it.each([
    ["en", 1, 0],
    ["en", 0, 1],
    ["ar", 0, 0],
    ["ar", 1, 1],
    ["ar", 2, 2],
    ["ar", 5, 3],
    ["ar", 11, 4],
    ["ar", 100, 5],
  ])("%s counts %i with form %i", (language, count, index) => {
    expect(pluralIndex(language, count)).toBe(index);
  });
});

describe("the pseudo-locale", () => {
  it("grows, and keeps placeholders and plural forms", () => {
    const text = pseudo("{n} row | {n} rows");
    expect(text.split(" | ")).toHaveLength(2);
    expect(text.match(/\{n\}/g)).toHaveLength(2);
    expect(pseudo("Settings").length).toBeGreaterThan("Settings".length * 1.3);
  });
});

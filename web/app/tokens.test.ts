import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
const tokens = new Map(
  [...css.matchAll(/--color-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map((match) => [match[1]!, { light: match[2]!, dark: match[3]! }]),
);

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(front: string, back: string, theme: "light" | "dark"): number {
  const [low, high] = [front, back].map((name) => luminance(tokens.get(name)![theme])).sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

const TEXT = [
  ...["page", "raised", "sunken"].flatMap((back) => ["ink", "ink-muted"].map((front) => [front, back])),
  ...["page", "raised", "accent-soft"].map((back) => ["accent", back]),
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ...["good", "warn", "bad", "synthetic"].flatMap((front) => [
    [front, "raised"],
    [front, `${front}-soft`],
    ["ink", `${front}-soft`],
  ]),
] as [string, string][];
const CONTROLS = [
  ...["page", "raised"].flatMap((back) => ["control", "focus", "accent", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6"].map((front) => [front, back])),
] as [string, string][];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it.each(TEXT)("text in %s on %s has 4.5:1", (front, back) => {
    expect(contrast(front, back, theme)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(CONTROLS)("%s on %s has 3:1", (front, back) => {
    expect(contrast(front, back, theme)).toBeGreaterThanOrEqual(3);
  });
});

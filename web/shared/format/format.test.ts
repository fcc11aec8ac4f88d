import { describe, expect, it } from "vitest";
import { formatDuration, formatInstant, formatDate, formatDistance, formatMoney, formatName, formatPrice, formatRelative, formatShareChange, formatYear, signedText } from "./format";

describe("durations", () => {
  it.each([
    [0, "0 sec"],
    [59.6, "1 min"],
    [7500, "2 hr 5 min"],
    [86_400, "1 day"],
    [-90, "−1 min 30 sec"],
  ])("%d s is %s", (seconds, words) => {
    expect(formatDuration("en", seconds)).toBe(words);
  });
});

it("an instant names its zone", () => {
  expect(formatInstant("en", "2026-01-31T23:30:00Z", "Asia/Jakarta")).toMatch(/Feb 1, 2026.*06:30 AM.*GMT\+7/);
});

it("an amount stays in one piece among text from right to left", () => {
  expect(formatMoney("ar", 12.5, "GBP")).toMatch(/^\u2066[^\u200f]*12.50[^\u200f]*UK£\u2069$/);
  expect(formatMoney("ar", 12.5, "EUR")).not.toContain("\u2066");
  expect(formatMoney("en", 12.5, "GBP")).toBe("£12.50");
});

it("a year has no groups", () => {
  expect(formatYear("en", 2017)).toBe("2017");
});

it("money follows the language", () => {
  expect(formatMoney("de", 1234.5, "EUR")).toBe("1.234,50\u00a0€");
  expect(formatMoney("en", 3, "EUR", "exceptZero")).toBe("+€3.00");
});

it("a relative time takes the largest unit", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  expect(formatRelative("en", "2026-01-01T11:57:00Z", now)).toBe("3 minutes ago");
  expect(formatRelative("en", "2026-01-02T12:00:00Z", now)).toBe("tomorrow");
});

it("what is more has a sign, what is less has its own, and nothing has none", () => {
  const minutes = (value: number) => `${value} min`;
  expect([3, -3, 0].map((value) => signedText(value, minutes))).toEqual(["\u200e+3 min", "-3 min", "0 min"]);
});

it("a change of a share has its sign", () => {
  expect([0.061, -0.004, 0].map((share) => formatShareChange("en", share, 1))).toEqual(["+6.1%", "-0.4%", "0%"]);
});

it("a price has cents where it needs them", () => {
  expect([14_990, 14_990.5].map((price) => formatPrice("en", price, "EUR"))).toEqual(["€14,990", "€14,990.50"]);
});

it("a distance keeps its unit", () => {
  expect([formatDistance("en", 60_000, "miles"), formatDistance("de", 96_560.6, "km")].map((text) => text.replace(/\s/g, " "))).toEqual(["60,000 mi", "96.561 km"]);
});

it("a day of the API is the same day in every zone", () => {
  expect(formatDate("en", "2026-11-30")).toBe("Nov 30, 2026");
});

it.each([
  ["GB", "United Kingdom"],
  ["<b>", "<b>"],
])("%s is %s", (code, name) => {
  expect(formatName("en", "region", code)).toBe(name);
});

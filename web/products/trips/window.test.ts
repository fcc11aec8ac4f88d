import { describe, expect, it } from "vitest";
import { isWindow } from "./window";

describe("a window of time", () => {
  it.each([
    ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", true],
    ["2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z", true],
    ["2026-05-01T00:00:00Z", "2026-06-01T00:00:01Z", false],
    ["2026-05-02T00:00:00Z", "2026-05-01T00:00:00Z", false],
    ["2026-05-01T00:00:00Z", "2026-05-01T00:00:00Z", false],
    ["", "2026-05-01T00:00:00Z", false],
    ["yesterday", "2026-05-01T00:00:00Z", false],
    ["", "", false],
  ])("from %j to %j: %s", (from, to, isOne) => {
    expect(isWindow({ from, to }, 31)).toBe(isOne);
  });
});

import { describe, expect, it } from "vitest";
import { instantOf, localOf } from "./zoned";

describe("a time of an input", () => {
  it.each([
    ["2026-01-31T23:30", "UTC", "2026-01-31T23:30:00.000Z"],
    ["2026-01-31T23:30", "Asia/Jakarta", "2026-01-31T16:30:00.000Z"],
    ["2026-07-01T00:00", "Europe/Berlin", "2026-06-30T22:00:00.000Z"],
    ["2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"], // the first minute of summer time
    ["2026-03-28T12:00", "Europe/Berlin", "2026-03-28T11:00:00.000Z"],
  ])("%s in %s is %s", (local, zone, instant) => {
    expect(instantOf(local, zone)).toBe(instant);
    expect(localOf(instant, zone)).toBe(local);
  });

  it.each(["", "yesterday", "2026-13-45T00:00"])("%j is none", (local) => {
    expect(instantOf(local, "UTC")).toBeNull();
  });

  it("in the hour that spring skips is an hour later", () => {
    expect(instantOf("2026-03-29T02:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
  });
});

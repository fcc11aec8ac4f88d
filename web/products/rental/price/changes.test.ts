import { describe, expect, it } from "vitest";
import { readChanges, realChanges, writeChanges } from "./changes";

describe("what is tried beside a listing", () => {
  it("is read from the address as it was written", () => {
    const changes = { mileage: 20_000, has_gps: false, winter_tires: true };
    expect(readChanges(writeChanges(changes))).toEqual(changes);
    expect(readChanges(writeChanges({}))).toEqual({});
  });

  it.each(["", "mileage", "mileage-", "mileage--5", "mileage-1e9", "has gps-yes", "mileage-12345678901", "-yes"])("is nothing for %j", (raw) => {
    expect(readChanges(raw)).toEqual({});
  });

  it("is only what differs from the listing, of its own fields and kinds", () => {
    const listing = { mileage: 150_000, has_gps: true, fuel: "diesel" };
    expect(realChanges({ mileage: 150_000, has_gps: false, seats: 4, fuel: true }, listing)).toEqual({ has_gps: false });
  });
});

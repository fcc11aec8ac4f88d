import { describe, expect, it } from "vitest";
import { flag, number, oneOf, readQuery, text, writeQuery } from "./url-state";

const PARAMETERS = { make: text("Audi"), km: number(10), gps: flag(true), view: oneOf(["chart", "table"]) };

describe("the state of a page in its address", () => {
  it("is the default where the address says nothing or nonsense", () => {
    const state = readQuery(PARAMETERS, { km: "ten", gps: "perhaps", view: "map" });
    expect(state).toEqual({ make: "Audi", km: 10, gps: true, view: "chart" });
  });
  it("comes back as it was written", () => {
    const state = { make: "", km: -2.5, gps: false, view: "table" as const };
    expect(readQuery(PARAMETERS, writeQuery(PARAMETERS, state, {}))).toEqual(state);
  });
  it("leaves out defaults and keeps parameters of others", () => {
    expect(writeQuery(PARAMETERS, readQuery(PARAMETERS, {}), { tab: "history", km: "7" })).toEqual({ tab: "history" });
  });
});

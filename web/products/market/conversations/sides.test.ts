import { describe, expect, it } from "vitest";
import { sidesOf } from "./sides";

describe("the sides of a session", () => {
  it("are the dealer's first for whoever acts for a company, who is no support then", () => {
    expect(sidesOf({ company: "f", scopes: ["conversations:support"] })).toEqual(["dealer", "buyer"]);
  });

  it("are the buyer's for everybody, and the support's for those who answer for the platform", () => {
    expect(sidesOf({ company: null, scopes: [] })).toEqual(["buyer"]);
    expect(sidesOf({ company: null, scopes: ["conversations:support"] })).toEqual(["buyer", "support"]);
  });
});

// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { choicesOf, rememberCompany, rememberedCompany } from "./acting";

const NORTH = { company_id: "c1", name: "North" };
const SOUTH = { company_id: "c2", name: "South" };
const DEALER = { company_id: "c1" };
const ANALYST = { company_id: null };

describe("the companies that somebody can act for", () => {
  it.each([
    ["two companies", [DEALER, { company_id: "c2" }], [NORTH, SOUTH], ["c1", "c2"]],
    ["one company and a role on the platform", [DEALER, ANALYST], [NORTH], [null, "c1"]],
    ["two roles in one company", [DEALER, DEALER], [NORTH, NORTH], ["c1"]],
    ["the platform alone", [ANALYST], [], [null]],
    ["nothing", [], [], []],
  ])("are those of %s", (_, roles, places, ids) => {
    expect(choicesOf({ roles }, places).map(({ id }) => id)).toEqual(ids);
  });
});

it("remembers the choice of each person, none included", () => {
  rememberCompany("ada", "c1");
  rememberCompany("bob", null);
  expect([rememberedCompany("ada"), rememberedCompany("bob"), rememberedCompany("eve")]).toEqual(["c1", null, undefined]);
});

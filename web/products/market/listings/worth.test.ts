import { describe, expect, it } from "vitest";
import au from "contract:AuUsedCarDealRequest";
import india from "contract:InUsedCarDealRequest";
import uk from "contract:UkUsedCarDealRequest";
import listing from "contract:NewListingBody";
import { FIELDS, type Car } from "./car";
import { curveBody, FORMS, worthQuery } from "./worth";

const CAR = (listing.properties["listing"] as unknown as { example: Car }).example;
const wordsOf = (name: string) => FIELDS.flatMap((field) => (field.name === name && field.kind === "choice" ? [...field.values] : []));

describe.each([
  ["uk", uk],
  ["au", au],
  ["in", india],
] as const)("the form of %s", (market, contract) => {
  it("has every field, so that none keeps the word of another car", () => {
    expect([...Object.keys(FORMS[market](CAR)), "asking_price"].sort()).toEqual(Object.keys(contract.properties).sort());
  });
  it.each([
    ["fuel", "fuel"],
    ["gearbox", "transmission"],
    ["drive", "drive"],
    ["body", "body"],
  ] as const)("knows every word of %s, or leaves it empty", (ours, theirs) => {
    const field = contract.properties[theirs];
    if (field === undefined) return;
    const known: (string | null)[] = [...(field["x-known-values"] ?? field.enum ?? []), "", null];
    const written = wordsOf(ours).map((word) => FORMS[market]({ ...CAR, [ours]: word })[theirs]);
    expect(written.filter((word) => !known.includes(word as string | null))).toEqual([]);
  });
});

describe("the query of the page", () => {
  it("is of the market that has the currency, in its unit", () => {
    expect(worthQuery({ ...CAR, currency: "GBP", distance: 100_000, distance_unit: "km" })).toMatchObject({ market: "uk", mileage_miles: "62137", asking_price: "14990", mpg: "" });
    expect(worthQuery({ ...CAR, currency: "INR", owners: 7, power_kw: 100 })).toMatchObject({ market: "in", owner: "fourth_or_more", power_bhp: "134" });
  });
  it("is none without such a market", () => {
    expect(worthQuery(CAR)).toBeNull();
  });
});

describe("the curves of a car", () => {
  const fiesta = { make: "Ford", model: "Fiesta", year: 2017, distance: 10_000, distance_unit: "km", currency: "GBP", price: 9_000, fuel: "petrol", gearbox: "manual", engine_size_l: null } as unknown as Car;

  it("are asked of the model of its currency, without what nobody said", () => {
    expect(curveBody(fiesta)).toEqual({ make: "Ford", model: "Fiesta", year: 2017, mileage_miles: 6_214, fuel: "petrol", transmission: "manual" });
  });
  it("are not asked where no model knows its currency", () => {
    expect(curveBody({ ...fiesta, currency: "EUR" })).toBeNull();
  });
});

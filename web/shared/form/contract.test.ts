import { describe, expect, it } from "vitest";
import schema from "contract:RentalPriceRequest";
import { bodyOf, exampleEntries, fieldsOf, readNumber, valueOf } from "./contract";

const fields = fieldsOf(schema);
const field = (name: string) => fields.find((each) => each.name === name)!;

describe("fields of a contract", () => {
  it("take unit, bounds and what is usual from the schema", () => {
    expect(field("mileage")).toMatchObject({ kind: "number", unit: "km", low: 0, high: 1_500_000, usual: [0, 400_000], isWhole: true });
  });
  it("tell open lists from closed ones", () => {
    expect(field("model_key")).toMatchObject({ kind: "choice", isOpen: true });
    expect(field("fuel")).toMatchObject({ kind: "choice", isOpen: false, values: ["diesel", "petrol", "hybrid_petrol", "electro"] });
  });
  it("make a form whose example is a complete body", () => {
    const { body, isComplete } = bodyOf(fields, exampleEntries(fields));
    expect(isComplete).toBe(true);
    expect(body).toMatchObject({ model_key: "Citroën", mileage: 150_000, has_gps: true, automatic_car: false });
  });
});

describe("an entry", () => {
  it.each([
    ["", { error: "missing" }],
    ["abc", { error: "not_a_number" }],
    ["10.5", { error: "not_whole" }],
    ["2000000", { error: "out_of_range" }],
    [" 150 000 ", { value: 150_000 }],
  ])("of mileage %j is %j", (typed, read) => {
    expect(valueOf(field("mileage"), typed)).toEqual(read);
  });
});

describe("numbers as people type them", () => {
  it.each([
    ["1,5", 1.5],
    ["1'500'000", 1_500_000],
    ["1.500.000", 1_500_000],
    ["1.500", null], // 1500 or 1.5
    ["١٢٣", 123],
    ["1e9", null],
    ["0x10", null],
    ["-3", -3],
  ])("%s is %s", (typed, number) => {
    expect(readNumber(typed)).toBe(number);
  });
});

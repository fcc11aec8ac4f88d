import { describe, expect, it } from "vitest";
import schema from "contract:NewListingBody";
import { FIELDS, type Car } from "./car";
import { bodyOfCar, differences, emptyEntries, entriesOf, fieldsOfPart, PART_NAMES, unusualFields } from "./form";

const CAR = (schema.properties["listing"] as unknown as { example: Car }).example;

describe("the form of a listing", () => {
  it("has every field of the contract once", () => {
    const parts = PART_NAMES.flatMap((part) => fieldsOfPart(part).map(({ name }) => name));
    expect([...parts, "equipment", "description"].sort()).toEqual(FIELDS.map(({ name }) => name).sort());
  });
  it("stands for the car that it was made of", () => {
    const { body, isComplete } = bodyOfCar(entriesOf(CAR));
    expect(isComplete).toBe(true);
    expect(body).toEqual(CAR);
  });
  it("leaves out what is not known", () => {
    const { body } = bodyOfCar(entriesOf({ ...CAR, fuel: null, vin: null }));
    expect(body).not.toHaveProperty("fuel");
    expect(body).not.toHaveProperty("vin");
  });
  it("needs little", () => {
    expect(Object.keys(bodyOfCar(emptyEntries("EUR", "km")).errors).sort()).toEqual(["distance", "make", "model", "price", "year"]);
  });
  it("says what is unusual, and accepts it", () => {
    const entries = { ...entriesOf(CAR), power_kw: "900" };
    expect(unusualFields(entries)).toEqual(["power_kw"]);
    expect(bodyOfCar(entries).isComplete).toBe(true);
    expect(unusualFields(entriesOf(CAR))).toEqual([]);
  });
});

describe("two forms of one listing", () => {
  it("differ in what they mean, not in how it is typed", () => {
    const saved = entriesOf(CAR);
    expect(differences({ ...saved, distance: "60 000", price: "13500" }, saved)).toEqual(["price"]);
    expect(differences(saved, saved)).toEqual([]);
  });
  it("differ where one is wrong or empty", () => {
    const saved = entriesOf(CAR);
    expect(differences({ ...saved, year: "new", color: "" }, saved)).toEqual(["year", "color"]);
  });
});

import { describe, expect, it } from "vitest";
import { bodyOf, exampleEntries, fieldsOf } from "@/shared/form/contract";
import { MARKET_NAMES, MARKETS, only } from "./markets";

describe.each(MARKET_NAMES)("the form of %s", (name) => {
  const { form, car, plan, distance } = MARKETS[name];
  const fields = fieldsOf(form);

  it("needs the car and nothing else", () => {
    const { body, isComplete } = bodyOf(fields, exampleEntries(fields));
    expect(isComplete).toBe(true);
    expect(body).not.toHaveProperty("asking_price");
    expect(fields.filter((field) => !field.isOptional).every((field) => car.includes(field.name))).toBe(true);
  });
  it("has every field in one of its parts", () => {
    expect(fields.map((field) => field.name).sort()).toEqual([...car, ...plan, "asking_price"].sort());
    expect(plan).toHaveLength(2);
    expect(car).toContain(distance);
  });
});

it("a body keeps the fields that its route accepts", () => {
  expect(only({ make: "Ford", years: 3 }, ["make", "model"])).toEqual({ make: "Ford" });
  expect(only(null, ["make"])).toBeNull();
});

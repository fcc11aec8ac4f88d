import { describe, expect, it } from "vitest";
import type { Car } from "./car";
import { differs, idsOf, knownFields, MOST_COMPARED, withId } from "./compare";

const id = (number: number) => `0198c0de-0000-7000-8000-00000000000${number}`;

describe("the cars in the address", () => {
  it("are ids, each once, and no more than fit", () => {
    expect(idsOf(` ${id(1)},nonsense,,${id(1).toUpperCase()},${id(2)}`)).toEqual([id(1), id(2)]);
    expect(idsOf([1, 2, 3, 4, 5, 6, 7].map(id).join(","))).toHaveLength(MOST_COMPARED);
  });
  it("come and go", () => {
    const two = withId(withId("", id(1), true), id(2), true);
    expect(idsOf(two)).toEqual([id(1), id(2)]);
    expect(withId(two, id(1), false)).toBe(id(2));
    expect(withId(two, id(2), true)).toBe(two);
    const full = [1, 2, 3, 4, 5].map(id).join(",");
    expect(withId(full, id(6), true)).toBe(full);
  });
});

describe("what is compared", () => {
  const car = (fields: Partial<Car>) => ({ price: 100, currency: "EUR", distance: 10, distance_unit: "km", fuel: null, ...fields }) as Car;
  it("is what somebody says", () => {
    const fields = knownFields([car({ color: null, fuel: "diesel" }), car({ color: null })]);
    expect(fields).toContain("fuel");
    expect(fields).not.toContain("color");
  });
  it("differs by value, unit and currency, and not by what is left out", () => {
    expect(differs([car({}), car({ currency: "GBP" })], "price")).toBe(true);
    expect(differs([car({}), car({ distance_unit: "miles" })], "distance")).toBe(true);
    expect(differs([car({ fuel: "diesel" }), car({})], "fuel")).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { converted, EQUIPMENT, equipmentOf, FIELDS, nameOf, withEquipment } from "./car";

describe("equipment", () => {
  it("is a text of words, in the order of the list", () => {
    const text = withEquipment(withEquipment("", "sunroof", true), "navigation", true);
    expect(text).toBe("navigation, sunroof");
    expect(withEquipment(text, "navigation", false)).toBe("sunroof");
    expect(equipmentOf(text)).toEqual(["navigation", "sunroof"]);
  });
  it("keeps words that it does not know", () => {
    expect(withEquipment("rocket, isofix", "bluetooth", true)).toBe("bluetooth, isofix, rocket");
    expect(equipmentOf(null)).toEqual([]);
  });
  it("has the words that the contract names", () => {
    const description = FIELDS.find(({ name }) => name === "equipment")!.description;
    expect(equipmentOf(description.replace(/^[^:]*:/, "").replace(/\.$/, ""))).toEqual([...EQUIPMENT]);
  });
});

it("a car is named by what is known", () => {
  expect(nameOf({ make: "Volkswagen", model: "Golf", variant: null })).toBe("Volkswagen Golf");
});

it("miles become kilometers, and back", () => {
  expect(converted(100, "miles", "km")).toBeCloseTo(160.9344);
  expect(converted(converted(77, "km", "miles"), "miles", "km")).toBeCloseTo(77);
});

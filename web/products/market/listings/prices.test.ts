import { describe, expect, it } from "vitest";
import { priceLine, priceSteps } from "./prices";

const at = (day: number) => `2026-11-0${day}T12:00:00Z`;
const asked = (price: number, day: number, currency = "EUR") => ({ price, currency, since: at(day) });

describe("the price of a listing", () => {
  it("changes by so much each time", () => {
    expect(priceSteps([asked(100, 1), asked(90, 2), asked(95, 3)]).map(({ change }) => change)).toEqual([null, -10, 5]);
  });
  it("is not compared with one in another currency", () => {
    expect(priceSteps([asked(100, 1), asked(90, 2, "GBP")])[1]!.change).toBeNull();
  });
  it("is drawn up to the end, since it is in the present currency", () => {
    const steps = priceSteps([asked(100, 1), asked(90, 2, "GBP"), asked(80, 3, "GBP")]);
    expect(priceLine(steps, Date.parse(at(5)))).toEqual([
      { at: Date.parse(at(2)), price: 90 },
      { at: Date.parse(at(3)), price: 80 },
      { at: Date.parse(at(5)), price: 80 },
    ]);
  });
  it("is no line where there is none, and never runs back", () => {
    expect(priceLine([], 0)).toEqual([]);
    expect(priceLine(priceSteps([asked(100, 2)]), 0).map(({ at: time }) => time)).toEqual([Date.parse(at(2)), Date.parse(at(2))]);
  });
});

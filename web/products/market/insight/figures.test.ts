import { expect, it } from "vitest";
import { agesOf, estimateText, filterFrom, type OwnStock } from "./figures";

it("writes a median with its interval where there is one", () => {
  const text = (value: number) => `£${value}`;
  expect(estimateText({ value: 5, low: 4, high: 7 }, text)).toBe("£5 (£4 – £7)");
  expect(estimateText({ value: 5, low: null, high: null }, text)).toBe("£5");
  expect(estimateText({ value: null, low: null, high: null }, text)).toBe("–");
});
it("asks for what was typed", () => {
  expect(filterFrom({ make: " BMW ", model: "", currency: "GBP" })).toEqual({ make: ["BMW"], currency: "GBP" });
  expect(filterFrom({ make: " ", model: "", currency: "" })).toEqual({});
});
it("gives each group of ages its end; the last has none", () => {
  const own = { ages: [{ from_days: 0, cars: 3 }, { from_days: 30, cars: 1 }] } as unknown as OwnStock;
  expect(agesOf(own)).toEqual([{ from: 0, to: 30, cars: 3 }, { from: 30, to: null, cars: 1 }]);
});

import { describe, expect, it } from "vitest";
import { addressOf, filtersIn, pageQueryOf } from "./address";

describe("a saved search", () => {
  it("is written with a parameter for each word, without order and page", () => {
    const address = addressOf({ make: ["BMW", "Mercedes-Benz"], price_max: 15000, q: "red & fast", sort: "price", limit: 24 });
    expect(address).toBe("make=BMW&make=Mercedes-Benz&price_max=15000&q=red+%26+fast");
  });

  it("is opened on the page of the search, its words in one parameter", () => {
    expect(pageQueryOf("make=BMW&make=A%2CB&price_max=15000&near=51%2C-1&radius_km=50&currency=EUR")).toEqual({
      make: "BMW,A%2CB",
      price_max: "15000",
      near: "51,-1",
      radius_km: "50",
      currency: "EUR",
    });
  });

  it("is read as filters", () => {
    const { filters, currency, radius_km } = filtersIn("fuel=diesel&equipment=navigation&year_min=2015&price_min=1&price_max=2&radius_km=50&currency=GBP");
    expect(filters.map(({ field, word, bounds }) => [field, word ?? bounds])).toEqual([
      ["fuel", "diesel"],
      ["equipment", "navigation"],
      ["price", { min: 1, max: 2 }],
      ["year", { min: 2015, max: null }],
    ]);
    expect([currency, radius_km]).toEqual(["GBP", 50]);
  });
});

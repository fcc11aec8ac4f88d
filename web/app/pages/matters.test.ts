import { expect, test } from "vitest";
import { PRODUCTS } from "@/app/products";
import { placeOf } from "./matters";

const PATHS = PRODUCTS.flatMap((product) => product.pages).map((page) => page.path.replace(":name", "rental-price"));

test.each(["models.no_champion", "models.on_trial", "models.approval_needed", "tasks.failed", "trips.slots_overdue"])("%s is decided on a page of the app", (code) => {
  expect(PATHS).toContain(placeOf({ code, subject: "rental-price" }));
});

test("a matter of a kind that the app does not know leads nowhere", () => {
  expect(placeOf({ code: "market.unheard_of", subject: "x" })).toBeNull();
});

import { expect, it } from "vitest";
import { filterOf } from "./filter";

it.each([
  [{ state: "any", name: "" }, {}],
  [{ state: "failed", name: "  " }, { state: "failed" }],
  [{ state: "any", name: " mail " }, { name: "mail" }],
])("asks for what was set: %o", (values, filter) => {
  expect(filterOf<{ state?: string; name?: string }>(values)).toEqual(filter);
});

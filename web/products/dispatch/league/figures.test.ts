import { expect, it } from "vitest";
import { differenceText, meanText, verdictOf } from "./figures";
import type { Standing } from "./queries";

const number = (value: number, digits: number) => value.toFixed(digits);
const difference = { value: 0.0124, low: 0.008, high: 0.0161, relative: 0.014, verdict: "better" };

it("writes shares in percent and their differences in points", () => {
  expect(meanText("served", 0.9014, number)).toBe("90.1 %");
  expect(differenceText("served", difference, number)).toEqual({ value: "\u200e+1.2", low: "\u200e+0.8", high: "\u200e+1.6" });
});

it("writes seconds as they are", () => {
  expect(meanText("pick_up_s", 348.4, number)).toBe("348");
  expect(differenceText("pick_up_s", { ...difference, value: -67.2, low: -69, high: -65 }, number).value).toBe("-67");
});

it("writes no minus zero", () => {
  expect(differenceText("wait_s", { ...difference, value: -0.3 }, number).value).toBe("0");
});

it("judges by the riders served, and the reference not at all", () => {
  const standing = { policy: "a", is_among_best: false, means: {}, differences: { served: difference } } as unknown as Standing;
  expect(verdictOf(standing)).toBe("better");
  expect(verdictOf({ ...standing, differences: {} })).toBeNull();
});

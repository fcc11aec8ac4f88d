import { expect, it } from "vitest";
import { gateChecks, trainingResult } from "./training";

const check = { question: "better than the baseline", passed: true, figures: "-2.1" };

it("a training that has ended says its version and what the gate said", () => {
  expect(trainingResult({ model: "m", version: "4", is_champion: false, gate: { passed: false, checks: [check] } })).toEqual({ version: "4", isChampion: false, checks: [check] });
});

it.each([null, undefined, {}, { version: 4 }, "4"])("%j is no result", (result) => {
  expect(trainingResult(result)).toBeNull();
});

it("what is no question of a gate is left out", () => {
  expect(gateChecks({ checks: [check, null, { passed: true }] })).toEqual([check]);
  expect(gateChecks({ checks: "none" })).toEqual([]);
  expect(gateChecks(undefined)).toEqual([]);
});

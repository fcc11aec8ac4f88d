import { describe, expect, it } from "vitest";
import openapi from "@/api/openapi.json";
import english from "@/languages/en.json";
import { countByState, isDrawn, meaningOf, type Slot, STATES, timelineOf } from "./timeline";

const example: Slot = openapi.paths["/trips/status"].get.responses[200].content["application/json"].example.slots[0]!;
const slot = (from: string, to: string, change: Partial<Slot> = {}): Slot => ({ ...example, slot_at: `2026-05-01T${from}:00Z`, due_at: `2026-05-01T${to}:00Z`, ...change });

describe("the timeline of slots", () => {
  it("runs from the oldest to the youngest and shows what no slot covers", () => {
    const line = timelineOf([slot("09:15", "09:20"), slot("09:05", "09:10"), slot("09:00", "09:05")]);
    expect(line.map(({ from, slot: at }) => [from.slice(11, 16), at !== null])).toEqual([
      ["09:00", true],
      ["09:05", true],
      ["09:10", false],
      ["09:15", true],
    ]);
    expect(line.map(({ start }) => start)).toEqual([0, 0.25, 0.5, 0.75]);
    expect(line.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(1);
  });
  it("has no gap where the length of slots was changed", () => {
    expect(timelineOf([slot("09:00", "09:10"), slot("09:10", "09:15")]).every(({ slot: at }) => at !== null)).toBe(true);
  });
  it("draws longer delays higher, and what is not written in full", () => {
    const [quick, slow, open] = timelineOf([slot("09:00", "09:05", { delay_s: 1 }), slot("09:05", "09:10", { delay_s: 400 }), slot("09:10", "09:15", { delay_s: null })]);
    expect(quick!.height).toBeLessThan(slow!.height);
    expect([slow!.height, open!.height]).toEqual([1, 1]);
  });
  it("is empty without slots", () => {
    expect(timelineOf([])).toEqual([]);
  });
});

describe("states", () => {
  it("have words", () => {
    expect(STATES.filter((state) => !(state in english.trips.slots.states))).toEqual([]);
  });
  it("are counted in the order of their weight", () => {
    expect(countByState([slot("09:00", "09:05", { state: "missed" }), slot("09:05", "09:10"), slot("09:10", "09:15")])).toEqual([
      { state: "done", count: 2 },
      { state: "missed", count: 1 },
    ]);
  });
  it("are bad with an error", () => {
    expect(meaningOf(slot("09:00", "09:05", { state: "due", error: "models.artifact_missing" }))).toBe("bad");
    expect(meaningOf(slot("09:00", "09:05", { state: "due", error: "" }))).toBe("plain");
  });
  it("say whether rides were drawn", () => {
    expect(isDrawn(example)).toBe(true);
    expect(isDrawn({ ...example, source: "replayed:trips@1" })).toBe(false);
  });
});

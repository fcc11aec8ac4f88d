import { describe, expect, it } from "vitest";
import english from "@/languages/en.json";
import { hasBegun, QUESTIONS } from "./figures";
import { CHARTED, SCOPES, TABS } from "./state";

const words = english.rental.buffer;

describe("keys that are put together at run time", () => {
  it.each([
    [TABS, words.tabs],
    [SCOPES, words.scopes],
    [CHARTED, words.figures],
    [QUESTIONS, words.answers],
    [["connect", "mobile", "pair"], words.families],
    [["reachable", "below"], words.ranges],
    [["booking_value", "conflict_cost", "currency", "recapture_share", "shift_share", "shift_up_to_min"], words.inputs],
    [["q25", "q50", "q75", "q90"], words.quantiles],
    [["chain", "booking"], words.orders],
    [["better", "as_promised", "worse", "unknown"], words.outcomes],
    [["allowed", "later", "refused"], words.verdicts],
    [["queued", "read_table", "check_rows", "count_rules", "trace_frontiers", "weigh_conflicts", "compare_scopes", "judge_lateness"], words.stages],
  ] as [readonly string[], object][])("%j have words", (names, there) => {
    expect(names.filter((name) => !(name in there))).toEqual([]);
  });
});

describe("a policy", () => {
  const now = Date.parse("2026-05-01T10:00:00Z");
  it("is in force once a version has taken effect", () => {
    expect(hasBegun([{ effective_from: "2026-05-01T10:00:00Z" }], now)).toBe(true);
    expect(hasBegun([{ effective_from: "2026-05-01T10:00:01Z" }], now)).toBe(false);
    expect(hasBegun([], now)).toBe(false);
  });
});

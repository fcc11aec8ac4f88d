import { describe, expect, it } from "vitest";
import { changedLines, diffLines, metricRows, pairedComparison, recipeRows, rowsOf } from "./compare";
import type { Details } from "./queries";

const version = (changes: Partial<Details>): Details => ({
  model: "rental-price", version: "1", created_at: "2026-05-01T00:00:00Z", metrics: {}, is_synthetic: false, manifest_sha256: "", run_id: "",
  dataset: { name: "t", version: "1", sha256: "", source: "", licence: "", is_synthetic: false }, gate: { passed: false, checks: [] }, comparison: null, report: {}, recipe: {}, card: "", ...changes,
});
const interval = (mean: number, low: number, high: number) => ({ mean, low, high });

describe("metrics side by side", () => {
  const one = version({
    metrics: { rmse_error: 18, r2_score: 0.7, range_coverage_score: 0.9 },
    report: { models: { candidate: { rmse_error: interval(18, 17, 19), r2_score: interval(0.7, 0.6, 0.8) } }, range: { coverage: interval(0.9, 0.88, 0.92) } },
  });
  const other = version({ metrics: { rmse_error: 15, r2_score: 0.75, mae_error: 9 }, report: { models: { candidate: { rmse_error: interval(15, 14, 16), r2_score: interval(0.75, 0.65, 0.85) } } } });
  const rows = new Map(metricRows(one, other).map((row) => [row.metric, row]));

  it("have the intervals of the reports, and say which is better in the sense of the metric", () => {
    expect(rows.get("rmse_error")).toEqual({ metric: "rmse_error", one: { value: 18, low: 17, high: 19 }, other: { value: 15, low: 14, high: 16 }, better: "other", overlap: false });
    expect(rows.get("r2_score")).toMatchObject({ better: "other", overlap: true });
  });

  it("that one version lacks are better in none", () => {
    expect(rows.get("mae_error")).toEqual({ metric: "mae_error", one: null, other: { value: 9, low: null, high: null }, better: null, overlap: null });
    expect(rows.get("range_coverage_score")).toMatchObject({ one: { value: 0.9, low: 0.88, high: 0.92 }, other: null });
  });
});

it("settings that differ come first; one that is missing differs", () => {
  const rows = recipeRows(version({ recipe: { seed: 1, trees: 60, deep: { a: 1 } } }), version({ recipe: { seed: 1, trees: 80, cap: 3, deep: { a: 1 } } }));
  expect(rows).toEqual([
    { name: "trees", one: 60, other: 80, differs: true },
    { name: "cap", one: undefined, other: 3, differs: true },
    { name: "seed", one: 1, other: 1, differs: false },
    { name: "deep.a", one: 1, other: 1, differs: false },
  ]);
});

it("cards differ line by line, under their headings", () => {
  const lines = diffLines("# Card\nsame\n## Figures\n18.3\nend", "# Card\nsame\nmore\n## Figures\n15.1\nend");
  expect(lines.map(({ side, text }) => `${side}:${text}`)).toEqual(["both:# Card", "both:same", "other:more", "both:## Figures", "one:18.3", "other:15.1", "both:end"]);
  expect(changedLines(lines)).toEqual([
    { heading: "Card", lines: [{ side: "other", text: "more" }] },
    { heading: "Figures", lines: [{ side: "one", text: "18.3" }, { side: "other", text: "15.1" }] },
  ]);
  expect(changedLines(diffLines("a\nb", "a\nb"))).toEqual([]);
  const table = changedLines(diffLines("", "## Gate\n| rows | error |\n|---|---|\n| 80 | 1.2 |\n- passed: few"));
  expect(table).toEqual([{ heading: "Gate", lines: ["rows · error", "80 · 1.2", "passed: few"].map((text) => ({ side: "other", text })) }]);
});

describe("the comparison on rows that neither learned from", () => {
  const errors = [{ table: "t 1", unit: "EUR", rows: 300, is_pooled: false, new_mae_error: 9, live_mae_error: 10, difference: { mean: -1, low: -2, high: -0.5 }, allowed: 0.2 }];
  const newer = version({ version: "3", comparison: { live_version: "2", moves: {}, errors } });
  const older = version({ version: "2" });

  it("is that of the version that was trained while the other was live, on whichever side it stands", () => {
    expect(pairedComparison(newer, older)).toEqual({ version: "3", live: "2", errors });
    expect(pairedComparison(older, newer)).toEqual({ version: "3", live: "2", errors });
  });

  it("is missing where neither was live then, or nothing was measured", () => {
    expect(pairedComparison(newer, version({ version: "1" }))).toBeNull();
    expect(pairedComparison(older, version({ version: "3", comparison: { live_version: "2", moves: {} } }))).toBeNull();
  });
});

it("rows of the table are known where the report says them", () => {
  expect(rowsOf(version({ report: { rows: 600 } }))).toBe(600);
  expect(rowsOf(version({}))).toBeNull();
});

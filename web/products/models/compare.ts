// Two versions side by side: what their reports, recipes and cards have in common and what not.
import { flatten } from "@/shared/record/records";
import type { Scalar } from "@/shared/form/contract";
import type { Details } from "./queries";

export interface Estimate {
  value: number;
  /** Ends of the interval; null where the report has none. */
  low: number | null;
  high: number | null;
}

export interface MetricRow {
  metric: string;
  one: Estimate | null;
  other: Estimate | null;
  /** Which of them is better by its value; null where they are equal, or one is missing. */
  better: "one" | "other" | null;
  /** Their intervals have values in common, so that the difference may be chance; null where one has none. */
  overlap: boolean | null;
}

export interface RecipeRow {
  name: string;
  one: Scalar | undefined;
  other: Scalar | undefined;
  differs: boolean;
}

export interface DiffLine {
  side: "both" | "one" | "other";
  text: string;
}

export const isLowerBetter = (metric: string): boolean => metric.endsWith("_error");

export function metricRows(one: Details, other: Details): MetricRow[] {
  const metrics = [...new Set([...Object.keys(one.metrics), ...Object.keys(other.metrics)])];
  return metrics.map((metric) => {
    const [first, second] = [estimateOf(one, metric), estimateOf(other, metric)];
    return { metric, one: first, other: second, better: better(metric, first, second), overlap: overlap(first, second) };
  });
}

/** The settings of both trainings, those that differ first. */
export function recipeRows(one: Details, other: Details): RecipeRow[] {
  const [first, second] = [settingsOf(one), settingsOf(other)];
  const rows = [...new Set([...first.keys(), ...second.keys()])].map((name) => ({ name, one: first.get(name), other: second.get(name), differs: first.get(name) !== second.get(name) }));
  return [...rows.filter((row) => row.differs), ...rows.filter((row) => !row.differs)];
}

/** The lines of two texts in one list, by their longest common part. */
export function diffLines(one: string, other: string): DiffLine[] {
  const [first, second] = [one.split("\n"), other.split("\n")];
  const common = first.map(() => new Array<number>(second.length + 1).fill(0));
  common.push(new Array<number>(second.length + 1).fill(0));
  for (let i = first.length - 1; i >= 0; i -= 1)
    for (let j = second.length - 1; j >= 0; j -= 1)
      common[i]![j] = first[i] === second[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length) {
    if (i < first.length && j < second.length && first[i] === second[j]) {
      lines.push({ side: "both", text: first[i]! });
      i += 1;
      j += 1;
    } else if (j >= second.length || (i < first.length && common[i + 1]![j]! >= common[i]![j + 1]!)) lines.push({ side: "one", text: first[i++]! });
    else lines.push({ side: "other", text: second[j++]! });
  }
  return lines;
}

/** A line of a card (Markdown) as people read it; empty where it only rules a table. */
function plain(text: string): string {
  if (/^\s*\|[\s|:-]*$/.test(text)) return "";
  const cells = /^\s*\|(.*)\|\s*$/.exec(text);
  return cells ? cells[1]!.split("|").map((cell) => cell.trim()).join(" · ") : text.replace(/^- /, "").trim();
}

/** The lines that differ, each group under the last heading before it. */
export function changedLines(lines: readonly DiffLine[]): { heading: string; lines: DiffLine[] }[] {
  const groups: { heading: string; lines: DiffLine[] }[] = [];
  let heading = "";
  for (const line of lines) {
    const isHeading = /^#+ /.test(line.text);
    if (isHeading) heading = line.text.replace(/^#+ /, "");
    const text = plain(line.text);
    if (line.side === "both" || isHeading || text === "") continue;
    const last = groups.at(-1);
    if (last?.heading === heading) last.lines.push({ ...line, text });
    else groups.push({ heading, lines: [{ ...line, text }] });
  }
  return groups;
}

/** Errors of a version and of the one that was live when it was trained, on rows that neither learned from. */
export interface PairedComparison {
  version: string;
  live: string;
  errors: readonly HeldBackErrors[];
}
export type HeldBackErrors = NonNullable<NonNullable<Details["comparison"]>["errors"]>[number];

/** The paired comparison of two versions, where one of them has it with the other. */
export function pairedComparison(one: Details, other: Details): PairedComparison | null {
  for (const [version, live] of [[one, other], [other, one]] as const) {
    const errors = version.comparison?.errors ?? [];
    if (version.comparison?.live_version === live.version && errors.length > 0) return { version: version.version, live: live.version, errors };
  }
  return null;
}

/** Rows of the training table, where the report says them. */
export function rowsOf(details: Details): number | null {
  const rows = details.report["rows"];
  return typeof rows === "number" ? rows : null;
}

/** A metric with the interval that the report has for it. */
function estimateOf(details: Details, metric: string): Estimate | null {
  const value = details.metrics[metric];
  if (value === undefined) return null;
  const interval = metric === "range_coverage_score" ? at(details.report, "range", "coverage") : at(details.report, "models", "candidate", metric);
  const [low, high] = [at(interval, "low"), at(interval, "high")];
  return typeof low === "number" && typeof high === "number" ? { value, low, high } : { value, low: null, high: null };
}

function better(metric: string, one: Estimate | null, other: Estimate | null): MetricRow["better"] {
  if (one === null || other === null || one.value === other.value) return null;
  return one.value < other.value === isLowerBetter(metric) ? "one" : "other";
}

function overlap(one: Estimate | null, other: Estimate | null): boolean | null {
  if (one === null || other === null || one.low === null || one.high === null || other.low === null || other.high === null) return null;
  return one.low <= other.high && other.low <= one.high;
}

function settingsOf(details: Details): Map<string, Scalar> {
  const { facts, tables } = flatten(details.recipe);
  return new Map([...facts.map(({ path, value }) => [path, value] as const), ...tables.map(({ path, rows }) => [path, JSON.stringify(rows)] as const)]);
}

function at(record: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined), record);
}

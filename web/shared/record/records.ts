// Inputs and answers of every product in one shape for people: what they hold differs by product.
import type { Scalar } from "@/shared/form/contract";

export interface RecordFact {
  /** Names from the outside in, with dots: `range.low`. */
  path: string;
  value: Scalar;
}

/** A list of alike objects within a record, such as reasons. */
export interface RecordTable {
  path: string;
  columns: readonly string[];
  rows: readonly Readonly<Record<string, Scalar>>[];
}

export interface FlatRecord {
  facts: readonly RecordFact[];
  tables: readonly RecordTable[];
}

/** Single values by their path, and lists of objects as tables. */
export function flatten(record: unknown, prefix = ""): FlatRecord {
  if (!isObject(record)) return { facts: [], tables: [] };
  const parts = Object.entries(record).map(([name, value]) => part(prefix + name, value));
  return { facts: parts.flatMap(({ facts }) => facts), tables: parts.flatMap(({ tables }) => tables) };
}

export interface AnswerRange {
  /** The name of the value in the answer. */
  field: string;
  value: number;
  low: number;
  high: number;
  /** Share of cases that the range covers. */
  coverage: number;
  /** ISO 4217; null where the value is no money. */
  currency: string | null;
}

/** The range of an answer, and the value that it is about: the last number before it. Null where it has none. */
export function rangeOf(answer: unknown): AnswerRange | null {
  if (!isObject(answer) || !isObject(answer["range"])) return null;
  const { low, high, coverage } = answer["range"];
  const entries = Object.entries(answer);
  const before = entries.slice(0, entries.findIndex(([name]) => name === "range"));
  const [field, value] = before.findLast(([, each]) => typeof each === "number") ?? [];
  if (field === undefined || typeof value !== "number" || typeof low !== "number" || typeof high !== "number" || typeof coverage !== "number") return null;
  return { field, value, low, high, coverage, currency: typeof answer["currency"] === "string" ? answer["currency"] : null };
}

function part(path: string, value: unknown): FlatRecord {
  if (isObject(value)) return flatten(value, `${path}.`);
  if (Array.isArray(value) && value.some(isObject)) return { facts: [], tables: [tableOf(path, value.filter(isObject))] };
  return { facts: [{ path, value: scalarOf(value) }], tables: [] };
}

function tableOf(path: string, rows: readonly Record<string, unknown>[]): RecordTable {
  return {
    path,
    columns: [...new Set(rows.flatMap(Object.keys))],
    rows: rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, scalarOf(value)]))),
  };
}

function scalarOf(value: unknown): Scalar {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return Array.isArray(value) && !value.some(isObject) ? value.map(String).join(", ") : JSON.stringify(value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

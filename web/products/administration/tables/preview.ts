// What a preview of a table says; the result of its task.
import { isObject } from "@/shared/record/records";

export interface TablePreview {
  /** What the file calls the columns that are read of it, by the table's names. */
  headings: Record<string, string>;
  missing: string[];
  ignored: string[];
  /** `THEIRS=OURS` for columns that are missing. */
  suggestions: string[];
  accepted_rows: number;
  refused_rows: number;
  reasons: { column: string; code: string; count: number; example: { row: number; cell: string | null } }[];
  first_rows: Record<string, (string | number | boolean | null)[]>;
}

/** The result of a task as a preview; null where it is something else. */
export function previewOf(result: unknown): TablePreview | null {
  if (typeof result !== "object" || result === null) return null;
  return "headings" in result && "accepted_rows" in result ? (result as TablePreview) : null;
}

/** Whether the table that a task has added is synthetic: declared so, or marked in the file itself. */
export function isSyntheticTable(result: unknown): boolean {
  const table = isObject(result) ? result["table"] : null;
  return isObject(table) && table["is_synthetic"] === true;
}

/** Pairs `THEIRS=OURS` as they are typed, one a line; empty lines count for nothing. */
export function mappingOf(typed: string): string[] {
  return typed
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

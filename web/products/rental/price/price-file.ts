// A file of cars with its prices: rows that are priced, and rows whose cells have to be corrected first.
import type { Schemas } from "@/api/web";
import { isObject } from "@/shared/record/records";
import { parseCsv } from "@/shared/table/parse-csv";

export type Batch = Schemas["RentalPriceBatch"];
type Cells = Readonly<Record<string, string>>;

/** Columns that the API adds to a file. */
const ANSWER = ["price_per_day", "currency", "range_low", "range_high", "warnings", "model_version", "decision_id", "errors"] as const;
type AnswerCells = Record<(typeof ANSWER)[number], string>;

export interface Priced {
  pricePerDay: number;
  currency: string;
  low: number;
  high: number;
  warnings: string;
  version: string;
  decisionId: string;
}

export interface FileRow {
  /** Counts from 1, as the API counts the rows of the file. */
  row: number;
  /** As they were sent, or corrected. */
  cells: Cells;
  price: Priced | null;
  /** Why the row has no price, in a sentence; empty with a price. */
  why: string;
  /** Why, by column, where that is known. */
  errors: Readonly<Record<string, CellError>>;
}
export type CellError = Pick<Schemas["FieldErrorRecord"], "code" | "detail">;

export interface PricedFile {
  header: string[];
  rows: FileRow[];
}

/** A file as it is kept; its rows without the names of their columns, which would take most of the room. */
interface KeptFile {
  header: string[];
  rows: [row: number, cells: string[], price: Priced | null, why: string, errors: FileRow["errors"]][];
}

export function toKept({ header, rows }: PricedFile): KeptFile {
  return { header, rows: rows.map(({ row, cells, price, why, errors }) => [row, header.map((name) => cells[name] ?? ""), price, why, errors]) };
}

/** The file that was kept; null where there is none, or another version of the app kept it. */
export function ofKept(kept: unknown): PricedFile | null {
  if (!isKept(kept)) return null;
  const { header, rows } = kept;
  return { header, rows: rows.map(([row, cells, price, why, errors]) => ({ row, cells: Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ""])), price, why, errors })) };
}

function isKept(kept: unknown): kept is KeptFile {
  if (!isObject(kept) || !Array.isArray(kept["header"]) || !Array.isArray(kept["rows"])) return false;
  return kept["rows"].every((row) => Array.isArray(row) && row.length === 5 && typeof row[0] === "number" && Array.isArray(row[1]) && (row[2] === null || isObject(row[2])) && isObject(row[4]));
}

/** Reads the file as it comes back, in `text/csv` and row by row. */
export function readAnswer(csv: string, fields: readonly string[]): PricedFile {
  const [written = [], ...lines] = parseCsv(csv);
  const header = named(written, fields);
  const own = header.filter((name) => !(ANSWER as readonly string[]).includes(name));
  const rows = lines.map((line, index): FileRow => {
    const all = Object.fromEntries(header.map((name, column) => [name, line[column] ?? ""])) as Cells & AnswerCells;
    const cells = Object.fromEntries(own.map((name) => [name, all[name] ?? ""]));
    return { row: index + 1, cells, price: all.price_per_day === "" ? null : priced(all), why: all.errors ?? "", errors: {} };
  });
  return { header: own, rows };
}

/** Reads a file that the API refused as a whole, because no row of it has a price; null where it is no CSV with commas. */
export function readRefused(csv: string, problems: readonly Schemas["FieldErrorRecord"][], fields: readonly string[]): PricedFile | null {
  const [written = [], ...lines] = parseCsv(csv);
  const header = named(written, fields);
  if (!fields.every((name) => header.includes(name))) return null;
  const rows = lines.map((line, index): FileRow => {
    const cells = Object.fromEntries(header.map((name, column) => [name, line[column] ?? ""]));
    return { row: index + 1, cells, price: null, why: "", errors: {} };
  });
  return { header, rows: withErrors(rows, rows, problems) };
}

/** Headings with those of the contract as it writes them; like the API, without regard to case and separators. */
function named(header: readonly string[], fields: readonly string[]): string[] {
  return header.map((heading) => {
    const name = heading.trim().toLowerCase().replaceAll(/[\s_-]+/g, "_");
    return fields.includes(name) ? name : heading;
  });
}

function priced(cells: AnswerCells): Priced {
  return {
    pricePerDay: Number(cells.price_per_day),
    currency: cells.currency,
    low: Number(cells.range_low),
    high: Number(cells.range_high),
    warnings: cells.warnings,
    version: cells.model_version,
    decisionId: cells.decision_id,
  };
}

export const brokenOf = (rows: readonly FileRow[]): FileRow[] => rows.filter(({ price }) => price === null);

/** Rows as a file of their own. Cells go as they are: what a spreadsheet would run is no danger to the API. */
export function fileOf(header: readonly string[], rows: readonly FileRow[]): string {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  return [header, ...rows.map(({ cells }) => header.map((name) => cells[name] ?? ""))].map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/**
 * All rows, those that were sent again with what came back. A row that is still wrong keeps what was typed meanwhile.
 *
 * @param rows as they stand now.
 * @param sent in the order of the request.
 */
export function merged(rows: readonly FileRow[], sent: readonly FileRow[], { results, model }: Batch): FileRow[] {
  return replaced(rows, sent, (row, before, index) => {
    const result = results[index];
    if (result === undefined) return row;
    if ("errors" in result) return wrong(row, result.errors);
    const { price_per_day: pricePerDay, currency, range, warnings, decision_id: decisionId } = result;
    const price = { pricePerDay, currency, low: range.low, high: range.high, warnings: warnings.map(({ detail }) => detail).join("; "), version: model.version, decisionId };
    return { ...before, price, errors: {}, why: "" };
  });
}

/** All rows, those that were sent again with what is still wrong; the API counts the rows of what was sent. */
export function withErrors(rows: readonly FileRow[], sent: readonly FileRow[], problems: readonly Schemas["FieldErrorRecord"][]): FileRow[] {
  return replaced(rows, sent, (row, _, index) => {
    const own = problems.filter((problem) => problem.row === index + 1);
    return own.length === 0 ? row : wrong(row, own);
  });
}

function replaced(rows: readonly FileRow[], sent: readonly FileRow[], next: (row: FileRow, sent: FileRow, index: number) => FileRow): FileRow[] {
  const places = new Map(sent.map(({ row }, index) => [row, index]));
  return rows.map((row) => {
    const index = places.get(row.row);
    return index === undefined ? row : next(row, sent[index]!, index);
  });
}

const wrong = (row: FileRow, problems: readonly Schemas["FieldErrorRecord"][]): FileRow => ({
  ...row,
  errors: byColumn(problems),
  why: problems.map(({ detail }) => detail).join("; "),
});

const byColumn = (problems: readonly Schemas["FieldErrorRecord"][]): Record<string, CellError> =>
  Object.fromEntries(problems.flatMap(({ column, pointer, code, detail }) => (column || pointer ? [[column ?? pointer!.split("/").at(-1)!, { code, detail }]] : [])));

// A table for other programs: CSV, JSON, and the request that answers with it.
import { API_ROOT } from "@/app/addresses";

export type Cell = string | number | boolean | null | undefined;

/** One column: what stands in its cells for people is the page's; `value` is what sorts and is exported. */
export interface Column<Row> {
  key: string;
  title: string;
  value: (row: Row) => Cell;
  /** What a person reads; the value itself where it is missing. */
  text?: (row: Row) => string;
  isNumber?: boolean;
}

/** The request that answers with the rows of a table. */
export interface Source {
  method: "GET" | "POST";
  /** Below the API, without a slash at the start. */
  path: string;
  query?: Readonly<Record<string, Cell>>;
  body?: unknown;
  /** Name of a file that is sent in the field `file`; of the reader's own, the browser tells no folder. */
  file?: string;
  /** About the account itself: answered to whoever is signed in, and to no key. */
  bySession?: boolean;
}

/** CSV (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function toCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map((column) => column.key), ...rows.map((row) => columns.map((column) => column.value(row)))];
  return lines.map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  const safe = typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toJson<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const records = rows.map((row) => Object.fromEntries(columns.map((column) => [column.key, column.value(row) ?? null])));
  return JSON.stringify(records, null, 2);
}

/** The request as a curl command; key and cookies are left to its reader, a session's cookie never leaves the browser. */
export function toCurl({ method, path, query, body, file, bySession }: Source): string {
  const url = new URL(path, API_ROOT);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const lines = [`curl ${quoted(url.href)}`, bySession ? "-b cookies.txt" : `-H "X-API-Key: $DRIVETRAIN_API_KEY"`];
  if (method !== "GET") lines.push(`-X ${method}`);
  if (body !== undefined) lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`);
  if (file !== undefined) lines.push(`-F ${quoted(`file=@"${file.replaceAll(/["\\]/g, "\\$&")}"`)}`);
  return lines.join(" \\\n  ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Lets the browser keep a text as a file. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

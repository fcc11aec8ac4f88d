// What a buyer did lately, as a form of several rows that lives in the address.
import { bodyOf, fieldsOf, type ContractSchema, type Entries, type Field } from "@/shared/form/contract";

/** More rows make an address that some servers refuse; the API itself takes 500 interactions. */
export const MOST_ROWS = 20;

/**
 * The fields of one interaction, from the contract of the request. Words that the API does not know count as `other`,
 * which is in its lists: here they are closed, and so translated.
 */
export function interactionFields(request: ContractSchema): Field[] {
  const list = request.properties["interactions"] as unknown as { items: ContractSchema };
  return fieldsOf(list.items).map((field) => (field.kind === "choice" ? { ...field, isOpen: false } : field));
}

export const emptyRow = (fields: readonly Field[]): Entries => Object.fromEntries(fields.map((field) => [field.name, field.kind === "choice" && !field.isOptional ? field.example : ""]));

/** Rows as one text: `view,6200,9;like,5500,10`, in the order of the contract, empty ends left out. */
export function writeRows(fields: readonly Field[], rows: readonly Entries[]): string {
  return rows.map((row) => fields.map((field) => encodeURIComponent(String(row[field.name] ?? ""))).join(",").replace(/,+$/, "")).join(";");
}

/** The rows of such a text; what is not one of a row's fields is dropped. */
export function readRows(fields: readonly Field[], text: string): Entries[] {
  return text
    .split(";")
    .slice(0, MOST_ROWS)
    .map((row) => {
      const parts = row.split(",");
      return Object.fromEntries(fields.map((field, index) => [field.name, decoded(parts[index] ?? "")]));
    });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody wrote the address by hand
  }
}

/** The interactions as the API takes them, and the errors of each row. */
export function bodyOfRows(fields: readonly Field[], rows: readonly Entries[]) {
  const checked = rows.map((row) => bodyOf(fields, row));
  return { interactions: checked.map(({ body }) => body), errors: checked.map(({ errors }) => errors), isComplete: rows.length > 0 && checked.every(({ isComplete }) => isComplete) };
}

/** The row and the field of a pointer like `/interactions/3/price_eur`. */
export function placeOf(pointer: string | null | undefined): { row: number; field: string } | null {
  const match = /^\/interactions\/(\d+)\/(\w+)$/.exec(pointer ?? "");
  return match ? { row: Number(match[1]), field: match[2]! } : null;
}

// The fields of a contract, from the JSON schema of its request body, and what people type into them.

/** The part of a JSON schema that a contract uses; see `lifecycle/data/contracts.py`. */
export interface ContractSchema {
  required?: readonly string[];
  properties: Record<string, FieldSchema>;
}

interface FieldSchema {
  type?: string | readonly string[];
  description?: string;
  minimum?: number;
  maximum?: number;
  enum?: readonly (string | null)[];
  examples?: readonly unknown[];
  format?: string;
  "x-known-values"?: readonly string[];
  "x-unit"?: string;
  "x-usual"?: readonly [number, number];
}

interface Common {
  name: string;
  description: string;
  isOptional: boolean;
}
export interface NumberField extends Common {
  kind: "number";
  unit: string;
  low: number;
  high: number;
  /** What is usual; the ends of sliders. */
  usual: readonly [number, number];
  isWhole: boolean;
  example: number | null;
}
export interface ChoiceField extends Common {
  kind: "choice";
  values: readonly string[];
  /** Words that are not in the list are answered too, with a warning. */
  isOpen: boolean;
  example: string;
}
export interface FlagField extends Common {
  kind: "flag";
  example: boolean;
}
export interface TextField extends Common {
  kind: "text";
  isInstant: boolean;
  example: string;
}
export type Field = NumberField | ChoiceField | FlagField | TextField;

/** What stands in the form: text as it was typed, or a flag. */
export type Entries = Record<string, string | boolean>;
export type Scalar = string | number | boolean | null;

/** What is wrong with an entry, in the words of the API's codes without the product's prefix. */
export type EntryError = "missing" | "not_a_number" | "not_whole" | "out_of_range";

export function fieldsOf(schema: ContractSchema): Field[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties).map(([name, field]) => fieldOf(name, field, !required.has(name)));
}

function fieldOf(name: string, schema: FieldSchema, isOmittable: boolean): Field {
  const types = [schema.type ?? "string"].flat();
  const example = schema.examples?.[0];
  const common = { name, description: schema.description ?? "", isOptional: isOmittable || types.includes("null") };
  if (types.includes("boolean")) return { ...common, kind: "flag", example: example === true };
  if (types.includes("integer") || types.includes("number")) {
    const low = schema.minimum ?? 0;
    const high = schema.maximum ?? Number.MAX_SAFE_INTEGER;
    return {
      ...common,
      kind: "number",
      unit: schema["x-unit"] ?? "",
      low,
      high,
      usual: schema["x-usual"] ?? [low, high],
      isWhole: types.includes("integer"),
      example: typeof example === "number" ? example : null,
    };
  }
  const word = typeof example === "string" ? example : "";
  const known = schema["x-known-values"];
  if (schema.enum || known) {
    const values = known ?? schema.enum?.filter((value) => value !== null) ?? [];
    return { ...common, kind: "choice", values, isOpen: known !== undefined, example: word };
  }
  return { ...common, kind: "text", isInstant: schema.format === "date-time", example: word };
}

/** The entries of the contract's example. */
export function exampleEntries(fields: readonly Field[]): Entries {
  return Object.fromEntries(fields.map((field) => [field.name, field.kind === "flag" ? field.example : String(field.example ?? "")]));
}

/** The value of an entry as the API takes it, or what is wrong with it; an optional one that is empty is null. */
export function valueOf(field: Field, entry: string | boolean): { value: Scalar } | { error: EntryError } {
  if (field.kind === "flag") return { value: entry === true };
  const typed = String(entry).trim();
  if (typed === "") return field.isOptional ? { value: null } : { error: "missing" };
  if (field.kind !== "number") return { value: typed };
  const value = readNumber(typed);
  if (value === null) return { error: "not_a_number" };
  if (value < field.low || value > field.high) return { error: "out_of_range" };
  if (field.isWhole && !Number.isInteger(value)) return { error: "not_whole" };
  return { value };
}

/** A number as people type it: with spaces or apostrophes between groups, and a decimal comma or point. */
export function readNumber(typed: string): number | null {
  const plain = typed.replace(/[\s'’\u00a0\u202f]/g, "").replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
  if (/^-?\d{1,3}([.,]\d{3})+$/.test(plain)) {
    const marks = new Set(plain.match(/[.,]/g));
    if (marks.size === 1 && plain.match(/[.,]/g)!.length > 1) return Number(plain.replace(/[.,]/g, ""));
    return null; // "1.500" may be 1500 or 1.5
  }
  const decimal = plain.replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(decimal) ? Number(decimal) : null;
}

/** The body of the request, where every entry is right; the errors of the others by field. */
export function bodyOf(fields: readonly Field[], entries: Entries) {
  const body: Record<string, Scalar> = {};
  const errors: Record<string, EntryError> = {};
  for (const field of fields) {
    const read = valueOf(field, entries[field.name] ?? "");
    if ("error" in read) errors[field.name] = read.error;
    else if (read.value !== null || !field.isOptional) body[field.name] = read.value;
  }
  return { body, errors, isComplete: Object.keys(errors).length === 0 };
}

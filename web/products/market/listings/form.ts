// What is typed of a car, and what differs from what is saved.
import type { DistanceUnit } from "@/shared/format/format";
import { bodyOf, valueOf, type Entries, type Field } from "@/shared/form/contract";
import { FIELDS, type Car } from "./car";

export type CarEntries = Record<string, string>;

/** The fields in the parts of the form; equipment and description have controls of their own. */
export const PARTS = {
  car: ["make", "model", "variant", "year", "distance", "distance_unit", "body", "color", "doors", "seats", "owners"],
  engine: ["fuel", "gearbox", "drive", "power_kw", "engine_size_l"],
  offer: ["price", "currency"],
  place: ["place", "country", "latitude", "longitude"],
  own: ["reference", "vin"],
} as const;
export type Part = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as Part[];

export const fieldsOfPart = (part: Part): Field[] => PARTS[part].map((name) => FIELDS.find((field) => field.name === name)!);

/** An empty form, but for what the last car probably had too. */
export function emptyEntries(currency: string, unit: DistanceUnit): CarEntries {
  return { ...Object.fromEntries(FIELDS.map(({ name }) => [name, ""])), currency, distance_unit: unit };
}

/** The form of a car that is saved. */
export function entriesOf(car: Car): CarEntries {
  return Object.fromEntries(FIELDS.map(({ name }) => [name, String(car[name as keyof Car] ?? "")]));
}

/** The body that the form stands for, with its errors by field. */
export const bodyOfCar = (entries: CarEntries) => bodyOf(FIELDS, entries as Entries);

/** The fields of numbers that are outside of what is usual. */
export function unusualFields(entries: CarEntries): string[] {
  return FIELDS.flatMap((field) => {
    if (field.kind !== "number") return [];
    const read = valueOf(field, entries[field.name] ?? "");
    const [low, high] = field.usual;
    return "value" in read && typeof read.value === "number" && (read.value < low || read.value > high) ? [field.name] : [];
  });
}

/** The fields in which two forms say something else, in the order of the contract: `60 000` and `60000` are the same. */
export function differences(mine: CarEntries, theirs: CarEntries): string[] {
  const meaning = (field: Field, entries: CarEntries) => JSON.stringify(valueOf(field, entries[field.name] ?? ""));
  return FIELDS.filter((field) => meaning(field, mine) !== meaning(field, theirs)).map(({ name }) => name);
}

import { describe, expect, it } from "vitest";
import carPrice from "contract:CarPriceRequest";
import buyer from "contract:BuyerSegmentRequest";
import english from "@/languages/en.json";
import { fieldsOf, type Field } from "@/shared/form/contract";
import { interactionFields } from "./segments/interactions";
import { MARKET_NAMES, MARKETS } from "./used/markets";

interface Words {
  fields: Record<string, string>;
  values: Record<string, Record<string, string>>;
}
type Case = [name: string, fields: Field[], words: Words];

const CASES: Case[] = [
  ["a car price", fieldsOf(carPrice), english.resale.price],
  ...MARKET_NAMES.map((name): Case => [`a used car in ${name}`, fieldsOf(MARKETS[name].form), english.resale.used]),
  ["an interaction", interactionFields(buyer), english.resale.segments],
];
const units: Record<string, string> = english.units;

// languages.test.ts sees no keys that are put together at run time
describe.each(CASES)("the form of %s", (_, fields, words) => {
  it("names every field", () => {
    expect(fields.map((field) => field.name).filter((name) => !(name in words.fields))).toEqual([]);
  });
  it("names every word of a closed list", () => {
    const closed = fields.flatMap((field) => (field.kind === "choice" && !field.isOpen ? field.values.map((value) => [field.name, value] as const) : []));
    expect(closed.filter(([field, value]) => !(value in (words.values[field] ?? {})))).toEqual([]);
  });
  it("has every unit that is not a currency", () => {
    const codes = fields.flatMap((field) => (field.kind === "number" ? [field.unit.replaceAll(" ", "_")] : []));
    expect(codes.filter((code) => !(code in units) && !/^[A-Z]{3}$/.test(code))).toEqual([]);
  });
});

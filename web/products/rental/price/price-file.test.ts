import { describe, expect, it } from "vitest";
import { parseCsv } from "@/shared/table/parse-csv";
import { brokenOf, fileOf, merged, ofKept, readAnswer, readRefused, toKept, withErrors, type Batch } from "./price-file";

const CSV = [
  '"note","Model Key","mileage","price_per_day","currency","range_low","range_high","warnings","model_version","decision_id","errors"',
  '"a, b","Citroën","150000",97.3,"EUR",77.69,110.86,"","3","d-1",""',
  '"c","BMW","many",,,,,,,,"mileage must be a number."',
  '"d","Audi","-1",,,,,,,,"mileage must be at least 0."',
].join("\r\n");
const error = (row: number, column: string) => ({ code: `rental.${column}_not_a_number`, detail: `${column} must be a number.`, row, column });
const result = (price: number) => ({ price_per_day: price, currency: "EUR", range: { low: 1, high: 200, coverage: 0.9 }, warnings: [{ field: "mileage", code: "c", detail: "Far." }], decision_id: "d-2" });
const batch = (results: unknown[]) => ({ results, counts: { ok: 1, failed: 1 }, model: { name: "rental-price", version: "4" } }) as unknown as Batch;

describe("a priced file", () => {
  it("has its own columns, prices where rows are right, and reasons where not", () => {
    const { header, rows } = readAnswer(CSV, ["model_key", "mileage"]);
    expect(header).toEqual(["note", "model_key", "mileage"]);
    expect(rows[0]).toMatchObject({ row: 1, cells: { note: "a, b", model_key: "Citroën", mileage: "150000" }, price: { pricePerDay: 97.3, low: 77.69, version: "3", decisionId: "d-1" } });
    expect(brokenOf(rows).map(({ row, why }) => [row, why])).toEqual([
      [2, "mileage must be a number."],
      [3, "mileage must be at least 0."],
    ]);
  });

  it("sends corrected rows again as a file, cell by cell", () => {
    const { header, rows } = readAnswer(CSV, ["model_key", "mileage"]);
    const sent = brokenOf(rows).map((row) => ({ ...row, cells: { ...row.cells, note: 'say "x", y\n' } }));
    expect(parseCsv(fileOf(header, sent))).toEqual([header, ['say "x", y\n', "BMW", "many"], ['say "x", y\n', "Audi", "-1"]]);
  });

  it("takes the answers of rows that were sent again to their places", () => {
    const { rows } = readAnswer(CSV, ["model_key", "mileage"]);
    const after = merged(rows, brokenOf(rows), batch([{ row: 1, errors: [error(1, "mileage")] }, result(120)]));
    expect(after.map(({ price }) => price?.pricePerDay ?? null)).toEqual([97.3, null, 120]);
    expect(after[1]?.errors).toEqual({ mileage: { code: "rental.mileage_not_a_number", detail: "mileage must be a number." } });
    expect(after[2]).toMatchObject({ why: "", price: { version: "4", warnings: "Far.", decisionId: "d-2" } });
  });

  it("keeps what was typed while rows were on their way, unless the row has its price now", () => {
    const { rows } = readAnswer(CSV, ["model_key", "mileage"]);
    const typed = rows.map((row) => ({ ...row, cells: { ...row.cells, mileage: "42" } }));
    const after = merged(typed, brokenOf(rows), batch([{ row: 1, errors: [error(1, "mileage")] }, result(120)]));
    expect(after.map(({ cells }) => cells["mileage"])).toEqual(["42", "42", "-1"]);
    expect(withErrors(typed, brokenOf(rows), [error(1, "mileage")]).map(({ cells }) => cells["mileage"])).toEqual(["42", "42", "42"]);
  });

  it("marks cells by rows as the API counted what was sent", () => {
    const { rows } = readAnswer(CSV, ["model_key", "mileage"]);
    const after = withErrors(rows, brokenOf(rows), [error(2, "mileage")]);
    expect(after.map(({ errors }) => Object.keys(errors))).toEqual([[], [], ["mileage"]]);
  });

  it("that was refused counts an empty line among its rows, as the API does", () => {
    const refused = readRefused("model_key,mileage\n\nBMW,many\n\n", [error(2, "mileage")], ["model_key", "mileage"]);
    expect(refused?.rows).toMatchObject([{ row: 1, errors: {} }, { row: 2, cells: { model_key: "BMW" }, errors: { mileage: {} } }]);
    expect(refused?.rows).toHaveLength(2);
  });

  it("is read from the file itself where no row has a price, if that is CSV", () => {
    const refused = readRefused("model_key,mileage\nBMW,many\n", [error(1, "mileage")], ["model_key", "mileage"]);
    expect(refused?.rows).toMatchObject([{ row: 1, cells: { model_key: "BMW", mileage: "many" }, price: null, errors: { mileage: {} } }]);
    expect(readRefused("PK\u0003\u0004", [], ["model_key"])).toBeNull();
  });

  it("is the same after it was kept as text", () => {
    const { header, rows } = readAnswer(CSV, ["model_key", "mileage"]);
    const marked = { header, rows: withErrors(rows, brokenOf(rows), [error(2, "mileage")]) };
    expect(ofKept(JSON.parse(JSON.stringify(toKept(marked))))).toEqual(marked);
  });

  it.each([null, [], {}, { header: [], rows: [null] }, { header: ["a"], rows: [[1, ["x"], 3, "", {}]] }, { header: ["a"], rows: [[1, ["x"], null, ""]] }])("kept as %j is not taken", (kept) => {
    expect(ofKept(kept)).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import schema from "contract:BuyerSegmentRequest";
import { bodyOfRows, emptyRow, interactionFields, MOST_ROWS, placeOf, readRows, writeRows } from "./interactions";

const fields = interactionFields(schema);
const SEARCH = { ...emptyRow(fields), kind: "search", price_eur: "5000", body: "pick;up, 100%" };

describe("the rows in the address", () => {
  it("come back as they were written", () => {
    const rows = [emptyRow(fields), SEARCH];
    expect(readRows(fields, writeRows(fields, rows))).toEqual(rows);
  });
  it("are short where little is given", () => {
    expect(writeRows(fields, [{ ...emptyRow(fields), kind: "like" }])).toBe("like");
  });
  it("survive nonsense", () => {
    expect(readRows(fields, "%E0%A4%A;like,1,2,3,4,5,6,7")[0]).toMatchObject({ kind: "%E0%A4%A", price_eur: "" });
    expect(readRows(fields, ";".repeat(1000))).toHaveLength(MOST_ROWS);
  });
});

describe("the body of the rows", () => {
  it("leaves out what is not given", () => {
    expect(bodyOfRows(fields, [{ ...emptyRow(fields), kind: "view" }])).toMatchObject({ interactions: [{ kind: "view" }], isComplete: true });
  });
  it("is not complete without a row, or with an error in one", () => {
    expect(bodyOfRows(fields, []).isComplete).toBe(false);
    expect(bodyOfRows(fields, [SEARCH, { ...SEARCH, price_eur: "1" }])).toMatchObject({ errors: [{}, { price_eur: "out_of_range" }], isComplete: false });
  });
});

it.each([
  ["/interactions/3/price_eur", { row: 3, field: "price_eur" }],
  ["/interactions", null],
  [null, null],
])("pointer %s is %j", (pointer, place) => {
  expect(placeOf(pointer)).toEqual(place);
});

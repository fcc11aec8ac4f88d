import { describe, expect, it } from "vitest";
import { parseCsv } from "./parse-csv";

describe("CSV", () => {
  it.each([
    ["a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]],
    ["a,b\n1,2", [["a", "b"], ["1", "2"]]],
    ["\uFEFFa,b\n1,", [["a", "b"], ["1", ""]]],
    ['"a, b","c ""d"""\r\n"two\nlines",""', [["a, b", 'c "d"'], ["two\nlines", ""]]],
    ["a\n\n1\n", [["a"], [""], ["1"]]],
    ["\r\na,b\r\n1,2\r\n\r\n\r\n3,4\r\n\r\n", [["a", "b"], ["1", "2"], [""], [""], ["3", "4"]]],
    ["", []],
    ["only", [["only"]]],
  ])("of %j is read", (text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });
});

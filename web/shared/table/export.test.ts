// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { toCsv, toCurl, toJson, type Column } from "./export";

interface Row {
  name: string;
  count: number | null;
}
const columns: Column<Row>[] = [
  { key: "name", title: "Name", value: (row) => row.name },
  { key: "count", title: "Count", value: (row) => row.count, isNumber: true },
];

describe("CSV", () => {
  it("quotes what needs it", () => {
    expect(toCsv(columns, [{ name: 'a "b", c', count: 1 }])).toBe('name,count\r\n"a ""b"", c",1\r\n');
  });
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])("runs no formula: %j", (name) => {
    expect(toCsv(columns, [{ name, count: null }]).split("\r\n")[1]).toBe(`'${name},`);
  });
  it("leaves negative numbers alone", () => {
    expect(toCsv(columns, [{ name: "a", count: -1 }])).toContain("a,-1");
  });
});

it("JSON has a missing value as null", () => {
  expect(JSON.parse(toJson(columns, [{ name: "a", count: null }]))).toEqual([{ name: "a", count: null }]);
});

describe("curl", () => {
  it("leaves out empty parameters", () => {
    expect(toCurl({ method: "GET", path: "tasks", query: { state: "failed", cursor: null } })).toMatch(/tasks\?state=failed'/);
  });
  it("quotes for the shell and shows no secret", () => {
    const command = toCurl({ method: "POST", path: "rental/price", body: { make: "it's" } });
    expect(command).toContain(`'{"make":"it'\\''s"}'`);
    expect(command).toContain("$DRIVETRAIN_API_KEY");
  });
  it("sends a file by its name, whatever that is", () => {
    expect(toCurl({ method: "POST", path: "rental/prices/file", file: `it's 5"; a,b.csv` })).toContain(`-F 'file=@"it'\\''s 5\\"; a,b.csv"'`);
  });
  it("takes the cookies of a session where no key is answered", () => {
    const command = toCurl({ method: "GET", path: "sessions", bySession: true });
    expect(command).toContain("-b cookies.txt");
    expect(command).not.toContain("API_KEY");
  });
});

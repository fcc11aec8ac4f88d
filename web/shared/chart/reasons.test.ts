import { describe, expect, it } from "vitest";
import { mainReasons } from "./reasons";

const reasons = [1, -5, 3, -2].map((effect) => ({ effect }));

describe("the reasons that count", () => {
  it("are the largest effects in either direction; the others stay in the sum", () => {
    const { main, others, othersEffect } = mainReasons(reasons, 2);
    expect(main.map(({ effect }) => effect)).toEqual([-5, 3]);
    expect([others, othersEffect]).toEqual([2, -1]);
  });
  it("are all where only one would be left over", () => {
    expect(mainReasons(reasons, 3)).toMatchObject({ others: 0, main: { length: 4 } });
  });
});

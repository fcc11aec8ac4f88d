import { describe, expect, it } from "vitest";
import { conflicts, countsOf, isAnyChosen, NOTHING_CHOSEN, readChosen, toggled, total, writeChosen, type Group, type Groups } from "./explore";

const group = (rentals: number, rest: Partial<Group>): Group => ({ state: "ended", checkin_type: "mobile", delay: 0, gap: null, previous: null, rentals, ...rest });
const GROUPS = {
  delay_edges_min: [0],
  gap_edges_min: [60],
  groups: [
    group(100, {}),
    group(20, { delay: 1 }),
    group(7, { delay: 1, checkin_type: "connect", gap: 0, previous: "late" }),
    group(5, { checkin_type: "connect", gap: 1, previous: "in_time" }),
    group(3, { state: "canceled", delay: null, checkin_type: "connect", gap: 0, previous: "late" }),
  ],
} as unknown as Groups;
const counts = (...choices: [Parameters<typeof toggled>[1], string][]) => {
  const chosen = choices.reduce((so_far, [quantity, value]) => toggled(so_far, quantity, value), NOTHING_CHOSEN);
  return {
    chosen,
    of: (quantity: Parameters<typeof toggled>[1]) => Object.fromEntries(countsOf(GROUPS, chosen, quantity).map(({ value, rentals }) => [value, rentals])),
  };
};

describe("the exploration of a table", () => {
  it("counts every rental once in each quantity", () => {
    const { chosen, of } = counts();
    expect(total(GROUPS, chosen)).toBe(135);
    expect(of("state")).toEqual({ ended: 132, canceled: 3 });
    expect(of("checkin_type")).toEqual({ connect: 15, mobile: 120 });
    expect(of("delay")).toEqual({ "0": 105, "1": 27, none: 3 });
    expect(of("gap")).toEqual({ "0": 10, "1": 5, none: 120 });
    expect(of("previous")).toEqual({ in_time: 5, late: 10, unknown: 0, none: 120 });
    expect(conflicts(GROUPS, chosen)).toBe(10);
  });

  it("narrows the other quantities by a choice, and not the one it was made in", () => {
    const { chosen, of } = counts(["checkin_type", "connect"]);
    expect(total(GROUPS, chosen)).toBe(15);
    expect(of("checkin_type")).toEqual({ connect: 15, mobile: 120 });
    expect(of("state")).toEqual({ ended: 12, canceled: 3 });
    expect(of("delay")).toEqual({ "0": 5, "1": 7, none: 3 });
  });

  it("joins values of one quantity and crosses quantities", () => {
    const { chosen, of } = counts(["delay", "1"], ["delay", "none"], ["state", "ended"]);
    expect(total(GROUPS, chosen)).toBe(27);
    expect(of("previous")).toEqual({ in_time: 0, late: 7, unknown: 0, none: 20 });
    expect(conflicts(GROUPS, chosen)).toBe(7);
  });

  it("takes a choice back when it is made again", () => {
    const { chosen } = counts(["gap", "0"], ["gap", "0"]);
    expect(chosen).toEqual(NOTHING_CHOSEN);
    expect(isAnyChosen(chosen)).toBe(false);
  });

  it("stands in the address as it was made", () => {
    const { chosen } = counts(["delay", "1"], ["delay", "none"], ["state", "ended"]);
    expect(readChosen(writeChosen(chosen))).toEqual(chosen);
    expect(writeChosen(NOTHING_CHOSEN)).toBe("");
  });

  it.each(["", "~", "speed.4", "state", "state.<b>", "delay..", "."])("reads %j as no choice", (raw) => {
    expect(readChosen(raw)).toEqual(NOTHING_CHOSEN);
  });
});

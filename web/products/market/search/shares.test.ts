import { describe, expect, it } from "vitest";
import { fromShare, toShare } from "./shares";

describe("a share", () => {
  it.each([["90", "0.9"], ["112.5", "1.1250"], ["", ""], ["much", "much"]])("of %s percent stands in the address as %s and comes back", (typed, share) => {
    expect(toShare(typed)).toBe(share);
    expect(fromShare(share)).toBe(typed);
  });
});

// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { readReturn, takeNext } from "./provider";

describe("the return from a provider", () => {
  it("is read from behind the hash", () => {
    expect(readReturn("#state=s1&code=c%2F1&iss=https%3A%2F%2Fid.example")).toEqual({
      answer: { state: "s1", authorization_code: "c/1", issuer: "https://id.example", error: "" },
      isLink: false,
    });
  });
  it("of a refusal has no code", () => {
    expect(readReturn("#state=link.s2&error=access_denied")).toMatchObject({ answer: { authorization_code: "", error: "access_denied" }, isLink: true });
  });
  it.each(["", "#", "#content"])("is none without a state: %s", (hash) => {
    expect(readReturn(hash)).toBeNull();
  });
  it("goes on where the browser left, once", () => {
    sessionStorage.setItem("drivetrain.provider", "/trips/slots?from=1");
    expect([takeNext(), takeNext()]).toEqual(["/trips/slots?from=1", "/"]);
  });
});

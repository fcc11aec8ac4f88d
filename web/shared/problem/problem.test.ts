import { describe, expect, it } from "vitest";
import { isTransient, ProblemError, problemOf, readProblem } from "./problem";

const PROBLEM = { type: "about:blank", title: "No", status: 409, detail: "No.", code: "model.busy", request_id: "r1" };

describe("problems", () => {
  it("are read from the API's answer", async () => {
    expect(await readProblem(Response.json(PROBLEM, { status: 409 }))).toEqual(PROBLEM);
  });
  it.each(["<html>Bad gateway</html>", '"text"', "{}"])("of a proxy get a code of ours: %s", async (body) => {
    expect(await readProblem(new Response(body, { status: 502 }))).toMatchObject({ code: "http.unreadable_answer", status: 502 });
  });
  it("can pass by themselves where the platform is away or starting", () => {
    expect(isTransient(new ProblemError({ ...PROBLEM, status: 503 }))).toBe(true);
    expect(isTransient(new ProblemError(PROBLEM))).toBe(false);
    expect(problemOf(new TypeError("x is undefined")).code).toBe("app.error");
  });
});

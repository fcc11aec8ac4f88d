// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RouteLocationNormalized } from "vue-router";
import { leadToSecondFactor, SECOND_FACTOR } from "./second-factor";
import { loadSession } from "./session";

const server = { session: "s1", isNeeded: true };
const to = (path: string, isPublic = false) => ({ path, fullPath: `${path}?a=1`, meta: { title: "", isPublic } }) as unknown as RouteLocationNormalized;

beforeEach(() => {
  vi.stubGlobal("fetch", async (request: Request) =>
    Response.json(request.url.endsWith("/current") ? { session: { session_id: server.session, company_id: null }, needs_second_factor: server.isNeeded, companies: [] } : { person_id: "p1", roles: [], scopes: [] }),
  );
});

describe("whoever's role needs a second factor", () => {
  it("is led to it once in a session, from no public page", async () => {
    await loadSession();
    expect(leadToSecondFactor(to("/sign-in", true))).toBeNull();
    expect(leadToSecondFactor(to("/models"))).toEqual({ path: SECOND_FACTOR, query: { next: "/models?a=1" } });
    expect(leadToSecondFactor(to("/models"))).toBeNull();
    server.session = "s2";
    await loadSession();
    expect(leadToSecondFactor(to("/trips"))).toMatchObject({ path: SECOND_FACTOR });
  });
  it("is let go on to the page itself, and nobody else is led", async () => {
    server.session = "s3";
    await loadSession();
    expect(leadToSecondFactor(to(SECOND_FACTOR))).toBeNull();
    Object.assign(server, { session: "s4", isNeeded: false });
    await loadSession();
    expect(leadToSecondFactor(to("/models"))).toBeNull();
  });
});

// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { rememberCompany } from "./acting";
import { actFor, leave, loadSession, session, signIn } from "./session";

const ADA = { person_id: "p1", email: "ada@example.org", name: "Ada", roles: [], scopes: ["rental:read"], has_second_factor: false };
const server = { company: null as string | null, isSignedIn: true, keepsCookie: true, asked: [] as string[] };

function problem(code: string, status: number): Response {
  return Response.json({ type: "about:blank", title: code, status, detail: code, code, request_id: "" }, { status });
}

/** A platform with one account, which works in two companies. */
async function platform(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.replace(/^.*?\/(?=people|sessions)/, "/");
  server.asked.push(`${request.method} ${path}`);
  if (path === "/sessions") {
    server.isSignedIn = server.keepsCookie;
    return Response.json({}, { status: 201 });
  }
  if (!server.isSignedIn) return path === "/sessions/current" ? problem("sessions.no_cookie", 401) : problem("auth.missing", 401);
  if (path === "/people/me") return Response.json(ADA);
  if (request.method === "PUT") server.company = ((await request.json()) as { company_id: string | null }).company_id;
  const companies = [
    { company_id: "c1", name: "North", role: "dealer", branch_id: null },
    { company_id: "c2", name: "South", role: "dealer", branch_id: null },
  ];
  return Response.json({ session: { session_id: "s1", company_id: server.company }, person: ADA, needs_second_factor: false, companies });
}

beforeEach(() => {
  vi.stubGlobal("fetch", platform);
  leave();
  Object.assign(server, { company: null, isSignedIn: true, keepsCookie: true, asked: [] });
});

describe("the session", () => {
  it("holds who is signed in, and for which company", async () => {
    await loadSession();
    expect(session.me?.email).toBe("ada@example.org");
    expect(session.current?.companies).toHaveLength(2);
  });
  it("of nobody is no error", async () => {
    server.isSignedIn = false;
    await loadSession();
    expect([session.me, session.current]).toEqual([null, null]);
  });
  it("says why a cookie that did not come back is missing", async () => {
    Object.assign(server, { isSignedIn: false, keepsCookie: false });
    await expect(signIn({ email: "a", password: "b", code: "" })).rejects.toMatchObject({ problem: { code: "sessions.no_cookie" } });
  });
  it("acts for the company that was chosen last in this browser", async () => {
    await loadSession();
    await actFor("c2");
    Object.assign(server, { company: "c1", isSignedIn: false });
    leave();
    await signIn({ email: "a", password: "b", code: "" });
    expect(session.current?.session.company_id).toBe("c2");
  });
  it("acts for no company in which the person does not work any more", async () => {
    rememberCompany("p1", "gone");
    await signIn({ email: "a", password: "b", code: "" });
    expect(server.asked).not.toContain("PUT /sessions/current/company");
  });
});

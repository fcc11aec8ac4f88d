// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/web";
import { APP_BASE } from "@/app/addresses";
import { rememberCompany } from "./acting";
import { actFor, leave, loadSession, session, signIn, signOut } from "./session";

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
  if (request.method === "DELETE") {
    server.isSignedIn = false;
    return new Response(null, { status: 204 });
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

/** The channel of another tab. */
const otherTab = new BroadcastChannel(`drivetrain.session ${APP_BASE}`);
const reload = vi.spyOn(location, "reload").mockImplementation(() => undefined);

/** Sends a request under which the session ends; how it comes out in the end. */
function requestThatWaits(): Promise<string> {
  server.isSignedIn = false;
  return api.GET("/people/me").then(
    () => "sent again",
    () => "refused",
  );
}

beforeEach(() => {
  vi.stubGlobal("fetch", platform);
  leave();
  localStorage.clear();
  reload.mockClear();
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

describe("a request under which the session ends", () => {
  it("is sent again once the person has signed in", async () => {
    await loadSession();
    const outcome = requestThatWaits();
    await vi.waitFor(() => expect(session.isOver).toBe(true), 60_000);
    await signIn({ email: "a", password: "b", code: "" });
    expect(await outcome).toBe("sent again");
    expect(reload).not.toHaveBeenCalled();
  });
  it("is not sent again for another company", async () => {
    server.company = "c1";
    await loadSession();
    const outcome = requestThatWaits();
    await vi.waitFor(() => expect(session.isOver).toBe(true), 60_000);
    rememberCompany("p1", "c2");
    await signIn({ email: "a", password: "b", code: "" });
    expect(await outcome).toBe("refused");
    expect(reload).toHaveBeenCalledOnce();
  });
  it("is not sent again where another tab signs in for another company", async () => {
    server.company = "c1";
    await loadSession();
    const outcome = requestThatWaits();
    await vi.waitFor(() => expect(session.isOver).toBe(true), 60_000);
    Object.assign(server, { company: "c2", isSignedIn: true });
    otherTab.postMessage(null);
    expect(await outcome).toBe("refused");
    expect(reload).toHaveBeenCalledOnce();
  });
});

describe("another tab", () => {
  it("is told of signing out", async () => {
    await loadSession();
    const listening = new BroadcastChannel(otherTab.name); // what was said before does not reach it
    const heard = new Promise((resolve) => (listening.onmessage = resolve));
    await signOut();
    await heard;
    listening.close();
    expect(session.me).toBeNull();
  });
  it("that has signed out ends this page too, and asks for nothing", async () => {
    await loadSession();
    server.isSignedIn = false;
    otherTab.postMessage(null);
    await vi.waitFor(() => expect(session.me).toBeNull(), 60_000);
    expect(session.isOver).toBe(false);
  });
  it("that acts for another company takes this one along", async () => {
    await loadSession();
    server.company = "c2";
    otherTab.postMessage(null);
    await vi.waitFor(() => expect(session.current?.session.company_id).toBe("c2"), 60_000);
    expect(reload).not.toHaveBeenCalled();
  });
});

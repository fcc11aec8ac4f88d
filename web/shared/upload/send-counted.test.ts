// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sendCounted, type Sent } from "./send-counted";

const all: Sending[] = [];

/** Takes the place of the browser's: a test says what happens to the request. */
class Sending {
  headers: Record<string, string> = {};
  body: Blob | null = null;
  opened: string[] = [];
  isAborted = false;
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload = () => {};
  onerror = () => {};
  onabort = () => {};
  response = new Blob([]);
  status = 0;
  statusText = "";
  constructor() {
    all.push(this);
  }
  open(...opened: string[]) {
    this.opened = opened;
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  getResponseHeader() {
    return "application/json";
  }
  send(body: Blob) {
    this.body = body;
  }
  abort() {
    this.isAborted = true;
    this.onabort();
  }
}

beforeEach(() => {
  all.length = 0;
  vi.stubGlobal("XMLHttpRequest", Sending);
});
afterEach(() => vi.unstubAllGlobals());

/** A request that is on its way, and what has been said of it. */
async function begun(signal?: AbortSignal) {
  const sent: Sent[] = [];
  const request = new Request("http://localhost/tables/cars", { method: "POST", body: "0123456789", headers: { "X-Drivetrain-Client": "web" }, ...(signal ? { signal } : {}) });
  const answer = sendCounted(request, (now) => sent.push(now));
  answer.catch(() => undefined);
  await vi.waitFor(() => expect(all[0]?.body?.size).toBe(10), 60_000);
  return { answer, sent, sending: all[0]! };
}

describe("a request whose bytes are counted", () => {
  it("is the request with its headers, says how much has left, and is answered as by fetch", async () => {
    const { answer, sent, sending } = await begun();
    expect(sending.opened).toEqual(["POST", "http://localhost/tables/cars"]);
    expect(sending.headers["x-drivetrain-client"] ?? sending.headers["X-Drivetrain-Client"]).toBe("web");
    sending.upload.onprogress?.({ loaded: 4, total: 10 });
    Object.assign(sending, { status: 422, statusText: "Unprocessable", response: new Blob(['{"code": "x"}']) });
    sending.onload();
    const response = await answer;
    expect(sent).toEqual([{ sent: 4, total: 10 }]);
    expect([response.status, response.ok, response.headers.get("content-type")]).toEqual([422, false, "application/json"]);
    expect(await response.text()).toBe('{"code": "x"}');
  });

  it("has an answer without a body where nothing comes back", async () => {
    const { answer, sending } = await begun();
    sending.status = 204;
    sending.onload();
    expect((await answer).body).toBeNull();
  });

  it("fails as fetch does where nobody answers", async () => {
    const { answer, sending } = await begun();
    sending.onerror();
    await expect(answer).rejects.toThrow(TypeError);
  });

  it("ends when it is taken back", async () => {
    const ending = new AbortController();
    const { answer, sending } = await begun(ending.signal);
    ending.abort(new Error("another file"));
    await expect(answer).rejects.toThrow("another file");
    expect(sending.isAborted).toBe(true);
  });
});

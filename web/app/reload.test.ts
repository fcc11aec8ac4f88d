// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { loadAgain } from "./reload";

const assign = vi.spyOn(location, "assign").mockImplementation(() => undefined);
const reload = vi.spyOn(location, "reload").mockImplementation(() => undefined);

beforeEach(() => {
  sessionStorage.clear();
  vi.clearAllMocks();
});

describe("a tab whose chunks are gone", () => {
  it("goes on at the page that was asked for", () => {
    loadAgain("http://localhost/app/models");
    expect([assign.mock.calls, reload.mock.calls.length]).toEqual([[["http://localhost/app/models"]], 0]);
  });
  it("loads the page again that it is on, whatever stands behind the hash", () => {
    loadAgain(location.href);
    expect([assign.mock.calls.length, reload.mock.calls.length]).toEqual([0, 1]);
  });
  it("does not try again at once where that did not help", () => {
    loadAgain(location.href);
    loadAgain(location.href);
    expect(reload.mock.calls.length).toBe(1);
    vi.setSystemTime(Date.now() + 60_000);
    loadAgain(location.href);
    expect(reload.mock.calls.length).toBe(2);
    vi.useRealTimers();
  });
});

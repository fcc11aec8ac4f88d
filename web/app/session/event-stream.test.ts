import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followEvents, type BrowserParts, type Position } from "./event-stream";

/** A browser: one lock, one channel, and the sources that its tabs have open. */
class Browser {
  sources: FakeSource[] = [];
  private waiting: { run: () => Promise<void>; signal: AbortSignal }[] = [];
  private isHeld = false;
  private channels = new Set<FakeChannel>();

  tab(position: Position = { last: "" }): Tab {
    return new Tab(this, position);
  }

  get open(): FakeSource[] {
    return this.sources.filter(({ readyState }) => readyState !== 2);
  }

  parts(): BrowserParts {
    const channel = new FakeChannel(this.channels);
    const request = (_name: string, { signal }: { signal: AbortSignal }, run: () => Promise<void>) => {
      this.waiting.push({ run, signal });
      this.pass();
      return new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(new DOMException("", "AbortError"))));
    };
    const open = (url: string) => {
      const source = new FakeSource(url);
      this.sources.push(source);
      return source as unknown as EventSource;
    };
    return { locks: { request } as unknown as BrowserParts["locks"], channel, open };
  }

  private pass(): void {
    if (this.isHeld) return;
    const next = this.waiting.find(({ signal }) => !signal.aborted);
    this.waiting = this.waiting.filter((each) => each !== next && !each.signal.aborted);
    if (!next) return;
    this.isHeld = true;
    void next.run().then(() => {
      this.isHeld = false;
      this.pass();
    });
  }
}

class FakeChannel {
  onmessage: BrowserParts["channel"]["onmessage"] = null;
  constructor(private readonly others: Set<FakeChannel>) {
    others.add(this);
  }
  postMessage(data: unknown): void {
    if (!this.others.has(this)) return;
    for (const other of this.others) if (other !== this) other.onmessage?.(new MessageEvent("message", { data }) as never);
  }
  close(): void {
    this.others.delete(this);
  }
}

class FakeSource {
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private listener: ((event: MessageEvent) => void) | null = null;
  constructor(readonly url: string) {}
  addEventListener(_kind: string, listener: (event: MessageEvent) => void): void {
    this.listener = listener;
  }
  begin(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(id: string, ...topics: string[]): void {
    this.listener?.(new MessageEvent("change", { data: JSON.stringify({ topics }), lastEventId: id }));
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.();
  }
  close(): void {
    this.readyState = 2;
  }
}

class Tab {
  topics: string[] = [];
  gaps = 0;
  isLive = false;
  close: () => void;
  constructor(browser: Browser, position: Position) {
    const handlers = {
      onChange: (topics: readonly string[]) => void this.topics.push(...topics),
      onGap: () => void (this.gaps += 1),
      onLive: (value: boolean) => void (this.isLive = value),
    };
    this.close = followEvents("events", "/events", handlers, browser.parts(), position);
  }
}

describe("one stream a browser", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", { CONNECTING: 0, OPEN: 1, CLOSED: 2 });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("is kept open by one of seven tabs, and all of them learn of a change", () => {
    const browser = new Browser();
    const tabs = Array.from({ length: 7 }, () => browser.tab());
    expect(browser.sources).toHaveLength(1);
    browser.sources[0]?.begin();
    browser.sources[0]?.say("1.5:5:", "models", "tasks");
    expect(tabs.map(({ topics }) => topics)).toEqual(Array(7).fill(["models", "tasks"]));
    expect(tabs.every(({ isLive }) => isLive)).toBe(true);
  });

  it("goes on in the next tab behind the last event when its tab goes", async () => {
    const browser = new Browser();
    const first = browser.tab();
    const second = browser.tab();
    browser.sources[0]?.begin();
    browser.sources[0]?.say("1.5:7:5,6", "models");
    first.close();
    await vi.runAllTimersAsync();
    expect(first.isLive).toBe(false);
    expect(browser.open.map(({ url }) => url)).toEqual(["/events?since=1.5%3A7%3A5%2C6"]);
    browser.open[0]?.begin();
    browser.open[0]?.say("1.9:9:", "slots");
    expect(second.topics).toEqual(["models", "slots"]);
    expect(first.topics).toEqual(["models"]);
    expect(second.isLive).toBe(true);
  });

  it("goes on in the next tab from where the stream began, though nothing has changed yet", async () => {
    const browser = new Browser();
    const [first] = [browser.tab(), browser.tab()];
    browser.sources[0]?.begin();
    browser.sources[0]?.say("1.5:5:");
    first?.close();
    await vi.runAllTimersAsync();
    expect(browser.open.map(({ url }) => url)).toEqual(["/events?since=1.5%3A5%3A"]);
  });

  it("tells a tab that is opened later that it is live, and where it stands", async () => {
    const browser = new Browser();
    const first = browser.tab();
    browser.sources[0]?.begin();
    browser.sources[0]?.say("1.5:5:", "models");
    const late = browser.tab();
    expect(late.isLive).toBe(true);
    expect(late.topics).toEqual([]);
    first.close();
    await vi.runAllTimersAsync();
    expect(browser.open[0]?.url).toBe("/events?since=1.5%3A5%3A");
  });

  it("is opened again after growing pauses where the server refuses it", async () => {
    const browser = new Browser();
    const tab = browser.tab();
    browser.sources[0]?.begin();
    browser.sources[0]?.fail(2);
    expect(tab.isLive).toBe(false);
    expect(browser.sources).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(browser.sources).toHaveLength(2);
    browser.sources[1]?.fail(2);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(browser.sources).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(browser.sources).toHaveLength(3);
    browser.sources[2]?.begin();
    expect(tab.isLive).toBe(true);
  });

  it("leaves a broken connection to the browser, and says so meanwhile", async () => {
    const browser = new Browser();
    const [tab, other] = [browser.tab(), browser.tab()];
    browser.sources[0]?.begin();
    browser.sources[0]?.fail(0);
    await vi.runAllTimersAsync();
    expect(browser.sources).toHaveLength(1);
    expect([tab.isLive, other.isLive]).toEqual([false, false]);
    browser.sources[0]?.begin();
    expect([tab.isLive, other.isLive]).toEqual([true, true]);
  });

  it("that begins without a position has missed what came before, in all tabs", () => {
    const browser = new Browser();
    const tabs = [browser.tab(), browser.tab()];
    expect(tabs.map(({ gaps }) => gaps)).toEqual([0, 0]);
    browser.sources[0]?.begin();
    expect(tabs.map(({ gaps }) => gaps)).toEqual([1, 1]);
    browser.sources[0]?.say("1.5:5:");
    browser.sources[0]?.fail(0);
    browser.sources[0]?.begin(); // the browser goes on behind the last event
    expect(tabs.map(({ gaps }) => gaps)).toEqual([1, 1]);
  });

  it("goes on without a gap where it is followed again from a position", () => {
    const browser = new Browser();
    const position = { last: "" };
    const tab = browser.tab(position);
    browser.sources[0]?.begin();
    browser.sources[0]?.say("1.5:5:", "models");
    tab.close();
    const other = new Browser();
    const again = other.tab(position);
    expect(other.sources[0]?.url).toBe("/events?since=1.5%3A5%3A");
    other.sources[0]?.begin();
    expect(again.gaps).toBe(0);
  });

  it("has a gap for a tab that comes back to others who went on", () => {
    const browser = new Browser();
    browser.tab();
    browser.sources[0]?.begin();
    browser.sources[0]?.say("1.9:9:", "models");
    expect(browser.tab({ last: "1.5:5:" }).gaps).toBe(1);
    expect(browser.tab({ last: "1.9:9:" }).gaps).toBe(0);
  });

  it("is open nowhere once all tabs are closed, and a pause ends with its tab", async () => {
    const browser = new Browser();
    const tabs = [browser.tab(), browser.tab()];
    browser.sources[0]?.fail(2);
    for (const tab of tabs) tab.close();
    await vi.runAllTimersAsync();
    expect(browser.open).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox, type Interaction } from "./outbox";

const PLACE = { slate_id: "00000000-0000-0000-0000-000000000005", position: 1, policy: "1.0", propensity: 1 };

describe("what is done with listings", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function outboxOf(sent: Interaction[][]): Outbox {
    return new Outbox(async (batch) => sent.push(batch), 3_000);
  }

  it("is sent together, once", () => {
    const sent: Interaction[][] = [];
    const outbox = outboxOf(sent);
    outbox.note("view", "a");
    outbox.note("impression", "b", PLACE);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(3_000);
    vi.advanceTimersByTime(60_000);
    expect(sent.map((batch) => batch.map(({ kind, listing_id, slate }) => [kind, listing_id, slate]))).toEqual([[["view", "a", null], ["impression", "b", PLACE]]]);
    const ids = sent[0]!.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("goes at once where the page goes away", () => {
    const sent: Interaction[][] = [];
    const outbox = outboxOf(sent);
    outbox.note("view", "a");
    outbox.flush();
    expect(sent).toHaveLength(1);
  });

  it("is bounded in a batch and in all, and a failure is let go of", async () => {
    const sizes: number[] = [];
    const outbox = new Outbox(async (batch) => {
      sizes.push(batch.length);
      throw new Error("offline");
    });
    for (let n = 0; n < 500; n += 1) outbox.note("view", `${n}`);
    outbox.flush();
    await vi.runAllTimersAsync();
    expect(sizes).toEqual([100, 100]);
  });
});

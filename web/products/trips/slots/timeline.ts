// Slots on a line of time, with what no slot covers.
import type { Schemas } from "@/api/web";

export type Slot = Schemas["SlotAnswer"];
export const STATES = ["done", "late", "caught_up", "running", "due", "missed"] as const;
export type SlotState = (typeof STATES)[number];

/** A stretch of the line, in shares of its length; a gap has no slot. */
export interface Stretch {
  from: string;
  to: string;
  start: number;
  width: number;
  slot: Slot | null;
  /** How high it is drawn, in (0, 1]: the delay on a scale of roots, so that seconds are seen beside minutes. */
  height: number;
}

/** Below this delay bars are told apart least; the scale never ends before it. */
const CALM_S = 60;
const LOWEST = 0.06;

/** The slots in the order of time, and the gaps between them; slots of another length lie where they lay. */
export function timelineOf(slots: readonly Slot[]): Stretch[] {
  const ordered = [...slots].sort((a, b) => Date.parse(a.slot_at) - Date.parse(b.slot_at));
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (!first || !last) return [];
  const begin = Date.parse(first.slot_at);
  const length = Date.parse(last.due_at) - begin;
  const most = Math.sqrt(Math.max(CALM_S, ...ordered.map((slot) => slot.delay_s ?? 0)));

  const stretch = (from: string, to: string, slot: Slot | null): Stretch => ({
    from,
    to,
    start: (Date.parse(from) - begin) / length,
    width: (Date.parse(to) - Date.parse(from)) / length,
    slot,
    height: slot?.delay_s === null || slot === null ? 1 : Math.max(LOWEST, Math.sqrt(Math.max(0, slot.delay_s)) / most),
  });
  return ordered.flatMap((slot, index) => {
    const former = ordered[index - 1];
    const gap = former && Date.parse(slot.slot_at) > Date.parse(former.due_at) ? [stretch(former.due_at, slot.slot_at, null)] : [];
    return [...gap, stretch(slot.slot_at, slot.due_at, slot)];
  });
}

/** How many slots are in each state, without states that none is in. */
export function countByState(slots: readonly Slot[]): { state: SlotState; count: number }[] {
  return STATES.map((state) => ({ state, count: slots.filter((slot) => slot.state === state).length })).filter(({ count }) => count > 0);
}

/** What a state means to those who look after the platform. */
export const MEANING: Record<SlotState, "good" | "warn" | "bad" | "plain"> = { done: "good", late: "warn", caught_up: "warn", running: "plain", due: "plain", missed: "bad" };

export const meaningOf = ({ state, error }: Slot) => (error ? "bad" : (MEANING[state as SlotState] ?? "plain"));

/** Rides that were drawn from a demand model, not replayed from a real day. */
export const isDrawn = ({ source }: Slot) => source?.startsWith("drawn:") ?? false;

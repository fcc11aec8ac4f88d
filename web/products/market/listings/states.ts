// What a listing may become; see `market/listings/domain/listing.py`.
import type { Schemas } from "@/api/web";

export type State = Schemas["ListingState"];
export type NextState = Schemas["StateBody"]["state"];

export const STATES = ["draft", "live", "reserved", "sold", "withdrawn"] as const satisfies readonly State[];

const FOLLOWING: Record<State, readonly NextState[]> = {
  draft: ["live", "withdrawn"],
  live: ["reserved", "sold", "withdrawn"],
  reserved: ["live", "sold", "withdrawn"],
  withdrawn: ["live"],
  sold: [],
};

const MEANINGS: Record<State, "good" | "warn" | "bad" | "plain"> = {
  draft: "plain",
  live: "good",
  reserved: "warn",
  sold: "plain",
  withdrawn: "bad",
};

/** The states that may follow; none after the last. */
export const following = (state: State): readonly NextState[] => FOLLOWING[state];
export const meaningOf = (state: State) => MEANINGS[state];
/** A sold car's listing stays as it was. */
export const isEditable = (state: State): boolean => state !== "sold";

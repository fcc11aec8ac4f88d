// What is tried beside the listing: other values of some of its fields, in the address of the page.
import { computed, type Ref } from "vue";
import { text, useUrlState } from "@/shared/url/url-state";
import type { Body } from "./queries";

export type Changes = Readonly<Record<string, number | boolean>>;

/** Reads what `writeChanges` wrote; what is no change of a known field is passed over. */
export function readChanges(raw: string): Changes {
  const pairs = raw.split(",").flatMap((part): [string, number | boolean][] => {
    const [, name, value] = /^(\w+)-(yes|no|\d{1,9})$/.exec(part) ?? [];
    if (!name || !value) return [];
    return [[name, value === "yes" ? true : value === "no" ? false : Number(value)]];
  });
  return Object.fromEntries(pairs);
}

export const writeChanges = (changes: Changes): string =>
  Object.entries(changes)
    .map(([name, value]) => `${name}-${value === true ? "yes" : value === false ? "no" : value}`)
    .join(",");

/** Those changes that differ from the listing, of fields that it has. */
export const realChanges = (changes: Changes, listing: Body): Changes =>
  Object.fromEntries(Object.entries(changes).filter(([name, value]) => typeof listing[name] === typeof value && listing[name] !== value));

/** What is tried, and the car that it makes of a listing; the listing itself stays. */
export function useChanges(listing: Ref<Body | null>) {
  const state = useUrlState({ "what-if": text() });
  const changes = computed(() => (listing.value === null ? {} : realChanges(readChanges(state["what-if"]), listing.value)));
  const car = computed(() => (listing.value === null ? null : { ...listing.value, ...changes.value }));
  const isTrying = computed(() => Object.keys(changes.value).length > 0);
  const set = (name: string, value: number | boolean) => {
    state["what-if"] = writeChanges(realChanges({ ...changes.value, [name]: value }, listing.value ?? {}));
  };
  const reset = () => (state["what-if"] = "");
  return { changes, car, isTrying, set, reset };
}

// Cross-filters over the groups of a table: what is chosen in one quantity narrows the counts of all others.
import type { Schemas } from "@/api/web";
import type { Parameter } from "@/shared/url/url-state";

export type Groups = Schemas["GroupsAnswered"];
export type Group = Groups["groups"][number];

export const QUANTITIES = ["state", "checkin_type", "delay", "gap", "previous"] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** A value of a quantity as text; what is unknown, or not there, is `none`. */
export const NONE = "none";

/** The chosen values by quantity; a quantity without any narrows nothing. */
export type Chosen = Readonly<Record<Quantity, readonly string[]>>;
export const NOTHING_CHOSEN: Chosen = { state: [], checkin_type: [], delay: [], previous: [], gap: [] };

export const valueOf = (group: Group, quantity: Quantity): string => String(group[quantity] ?? NONE);

/** All values of a quantity, in the order of the page. */
export function valuesOf({ delay_edges_min: delays, gap_edges_min: gaps }: Pick<Groups, "delay_edges_min" | "gap_edges_min">, quantity: Quantity): string[] {
  const classes = (edges: readonly unknown[]) => Array.from({ length: edges.length + 1 }, (_, index) => String(index));
  switch (quantity) {
    case "state":
      return ["ended", "canceled"];
    case "checkin_type":
      return ["connect", "mobile"];
    case "delay":
      return [...classes(delays), NONE];
    case "gap":
      return [...classes(gaps), NONE];
    case "previous":
      return ["in_time", "late", "unknown", NONE];
  }
}

export interface Count {
  value: string;
  /** Rentals that all other quantities let through. */
  rentals: number;
  isChosen: boolean;
}

/** How many rentals have each value of a quantity, as the choices in the other ones leave them. */
export function countsOf(groups: Groups, chosen: Chosen, quantity: Quantity): Count[] {
  const counts = new Map<string, number>();
  for (const group of groups.groups) {
    if (!passes(group, chosen, quantity)) continue;
    const value = valueOf(group, quantity);
    counts.set(value, (counts.get(value) ?? 0) + group.rentals);
  }
  return valuesOf(groups, quantity).map((value) => ({ value, rentals: counts.get(value) ?? 0, isChosen: chosen[quantity].includes(value) }));
}

/** The groups that all choices let through. */
export const passing = (groups: Groups, chosen: Chosen): Group[] => groups.groups.filter((group) => passes(group, chosen));

/** How many rentals all choices let through. */
export const total = (groups: Groups, chosen: Chosen): number => sum(passing(groups, chosen));

/** Of those rentals, the chained ones whose previous car is known to have come back after their planned start. */
export const conflicts = (groups: Groups, chosen: Chosen): number => sum(passing(groups, chosen).filter(({ previous }) => previous === "late"));

/** A choice with one value more, or less where it was chosen. */
export function toggled(chosen: Chosen, quantity: Quantity, value: string): Chosen {
  const values = chosen[quantity];
  return { ...chosen, [quantity]: values.includes(value) ? values.filter((each) => each !== value) : [...values, value] };
}

export const isAnyChosen = (chosen: Chosen): boolean => QUANTITIES.some((quantity) => chosen[quantity].length > 0);

function passes(group: Group, chosen: Chosen, except?: Quantity): boolean {
  return QUANTITIES.every((quantity) => quantity === except || chosen[quantity].length === 0 || chosen[quantity].includes(valueOf(group, quantity)));
}

const sum = (groups: readonly Group[]): number => groups.reduce((rentals, group) => rentals + group.rentals, 0);

/** Choices in the address: `state.ended~delay.4.5`. What is no value is passed over. */
export function readChosen(raw: string): Chosen {
  const parts = raw.split("~").map((part) => part.split("."));
  const of = (quantity: Quantity) => [...new Set(parts.filter(([name]) => name === quantity).flatMap(([, ...values]) => values.filter((value) => /^\w{1,12}$/.test(value))))];
  return Object.fromEntries(QUANTITIES.map((quantity) => [quantity, of(quantity)])) as unknown as Chosen;
}

export const writeChosen = (chosen: Chosen): string =>
  QUANTITIES.filter((quantity) => chosen[quantity].length > 0)
    .map((quantity) => [quantity, ...chosen[quantity]].join("."))
    .join("~");

/** The parameter of the page's address. */
export const chosenText = (): Parameter<string> => ({ otherwise: "", read: (raw) => writeChosen(readChosen(raw)), write: (value) => value });

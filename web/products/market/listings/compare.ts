// Cars beside each other: which, and in what they differ.
import type { Car } from "./car";

export const MOST_COMPARED = 5;

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The ids of a text in an address: each once, no more than fit, and nothing that is no id. */
export function idsOf(text: string): string[] {
  return [...new Set(text.split(",").map((id) => id.trim().toLowerCase()))].filter((id) => ID.test(id)).slice(0, MOST_COMPARED);
}

/** The text with an id more or less. One too many is not taken. */
export function withId(text: string, id: string, isThere: boolean): string {
  const others = idsOf(text).filter((each) => each !== id);
  return (isThere ? [...others, id].slice(0, MOST_COMPARED) : others).join(",");
}

export const COMPARED = ["price", "year", "distance", "fuel", "gearbox", "power_kw", "engine_size_l", "drive", "body", "color", "doors", "seats", "owners", "equipment", "place", "country"] as const satisfies readonly (keyof Car)[];
export type Compared = (typeof COMPARED)[number];

/** The fields that at least one of the cars has. */
export function knownFields(cars: readonly Car[]): Compared[] {
  return COMPARED.filter((field) => cars.some((car) => car[field] !== null));
}

/** Whether the cars say different things; those that say nothing are left out. Prices in two currencies differ, too. */
export function differs(cars: readonly Car[], field: Compared): boolean {
  const said = cars.filter((car) => car[field] !== null).map((car) => `${car[field]} ${field === "price" ? car.currency : field === "distance" ? car.distance_unit : ""}`);
  return new Set(said).size > 1;
}

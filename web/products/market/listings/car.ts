// A car on offer, by the contract `listing`.
import schema from "contract:NewListingBody";
import type { paths } from "@/api/schema";
import type { Schemas } from "@/api/web";
import { KM_PER_MILE, type DistanceUnit } from "@/shared/format/format";
import { fieldsOf, type ContractSchema } from "@/shared/form/contract";

export type Listing = Schemas["ListingAnswer"];
export type Car = Schemas["CarAnswer"];
export type SearchParameters = NonNullable<paths["/market/search"]["get"]["parameters"]["query"]>;
export type Equipment = NonNullable<SearchParameters["equipment"]>[number];

/** Its fields; names and words of them stand at `market.listings` in the languages. */
export const FIELDS = fieldsOf(schema.properties["listing"] as unknown as ContractSchema);
export const MESSAGES = "market.listings";

export const EQUIPMENT = [
  "air_conditioning",
  "navigation",
  "bluetooth",
  "cruise_control",
  "adaptive_cruise",
  "parking_sensors",
  "reversing_camera",
  "heated_seats",
  "leather_seats",
  "sunroof",
  "alloy_wheels",
  "tow_bar",
  "led_lights",
  "keyless_entry",
  "electric_seats",
  "lane_assist",
  "isofix",
  "apple_carplay",
  "winter_tires",
  "roof_rails",
] as const satisfies readonly Equipment[];

/** The words of a text as the API writes it: `navigation, heated_seats`. */
export function equipmentOf(text: string | null): string[] {
  return (text ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** The text with a word more or less, in the order of the list. */
export function withEquipment(text: string, word: string, isThere: boolean): string {
  const words = new Set(equipmentOf(text).filter((each) => each !== word));
  if (isThere) words.add(word);
  const known = EQUIPMENT.filter((each) => words.delete(each));
  return [...known, ...words].join(", ");
}

/** Make, model and what follows it. */
export function nameOf({ make, model, variant }: Pick<Car, "make" | "model" | "variant">): string {
  return [make, model, variant].filter(Boolean).join(" ");
}

/** A distance in another unit, not rounded. */
export function converted(distance: number, from: DistanceUnit, to: DistanceUnit): number {
  if (from === to) return distance;
  return to === "km" ? distance * KM_PER_MILE : distance / KM_PER_MILE;
}

// Distances as they are typed, and as the address has them. What is no number stays as it was typed.
import { readNumber } from "@/shared/form/contract";
import type { DistanceUnit } from "@/shared/format/format";
import { converted } from "../listings/car";

/** What is typed in a unit, as whole kilometers. */
export function toKm(typed: string, unit: DistanceUnit): string {
  const distance = readNumber(typed.trim());
  return distance === null ? typed : String(Math.round(converted(distance, unit, "km")));
}

/** Kilometers of the address, in whole units. */
export function fromKm(km: string, unit: DistanceUnit): string {
  const distance = readNumber(km.trim());
  return distance === null ? km : String(Math.round(converted(distance, "km", unit)));
}

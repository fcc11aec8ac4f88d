import type { Scalar } from "@/shared/form/contract";
import { isObject } from "@/shared/record/records";

export interface Effect {
  field: string;
  value: Scalar;
  /** What the field does to the answer, in the unit of the answer. */
  effect: number;
}

export interface Effects {
  average: number;
  effects: readonly Effect[];
}

/** What leads from the average to the answer; null where an explanation is of another kind. */
export function effectsOf(explanation: Readonly<Record<string, unknown>>): Effects | null {
  const average = Object.entries(explanation).find(([name]) => name.startsWith("average"))?.[1];
  const reasons = explanation["reasons"];
  if (typeof average !== "number" || !Array.isArray(reasons) || !reasons.every(isEffect)) return null;
  return { average, effects: reasons };
}

function isEffect(reason: unknown): reason is Effect {
  return isObject(reason) && typeof reason["field"] === "string" && typeof reason["effect"] === "number";
}

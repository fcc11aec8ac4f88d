/** A question of the gate with its answer. */
export interface GateCheck {
  passed: boolean;
  question: string;
  figures: string;
}

export interface TrainingResult {
  version: string;
  isChampion: boolean;
  checks: readonly GateCheck[];
}

/** The questions of a gate's verdict; what has another shape is left out, for reports differ by model. */
export function gateChecks(gate: unknown): GateCheck[] {
  const list = isRecord(gate) && Array.isArray(gate["checks"]) ? gate["checks"] : [];
  return list.filter((check): check is GateCheck => isRecord(check) && typeof check["question"] === "string");
}

/** What a training made, from the result of its task; null while it has none. */
export function trainingResult(result: unknown): TrainingResult | null {
  if (!isRecord(result) || typeof result["version"] !== "string") return null;
  return { version: result["version"], isChampion: result["is_champion"] === true, checks: gateChecks(result["gate"]) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

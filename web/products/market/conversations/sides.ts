// Which sides of conversations a session has.
import type { Side } from "./queries";

interface Acting {
  company: string | null;
  scopes: readonly string[];
}

/** The sides, the usual one first: a dealer answers for their company, and writes to others as a buyer all the same. */
export function sidesOf({ company, scopes }: Acting): Side[] {
  if (company !== null) return ["dealer", "buyer"];
  return scopes.includes("conversations:support") ? ["buyer", "support"] : ["buyer"];
}

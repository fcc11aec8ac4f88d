import type { Key } from "./queries";

export type KeyState = "active" | "expired" | "revoked";

/** Whether a key is accepted at an instant (milliseconds); revoked for good counts before expired. */
export function keyState(key: Pick<Key, "revoked_at" | "expires_at">, now: number): KeyState {
  if (key.revoked_at !== null) return "revoked";
  return key.expires_at !== null && Date.parse(key.expires_at) <= now ? "expired" : "active";
}

import { expect, it } from "vitest";
import { keyState } from "./key-state";

const NOW = Date.parse("2026-05-02T12:00:00Z");

it.each([
  ["active", null, null],
  ["active", null, "2026-05-02T12:00:01Z"],
  ["expired", null, "2026-05-02T12:00:00Z"],
  ["revoked", "2026-05-01T00:00:00Z", "2026-05-01T00:00:00Z"],
])("a key is %s", (state, revoked_at, expires_at) => {
  expect(keyState({ revoked_at, expires_at }, NOW)).toBe(state);
});

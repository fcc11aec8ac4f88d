// Whose listings the session keeps.
import { computed } from "vue";
import { may, session } from "@/app/session/session";
import type { Listing } from "./car";

/** Whether the session acts for a company whose listings it may keep. */
export const keepsListings = computed(() => may("listings:write") && Boolean(session.current?.session.company_id));

/** Whether a listing is one of them: of the company, or of the branch where the session acts for one. */
export function isOwn(listing: Pick<Listing, "company_id" | "branch_id">): boolean {
  const acting = session.current?.session;
  if (!keepsListings.value || acting?.company_id !== listing.company_id) return false;
  return acting.branch_id === null || acting.branch_id === listing.branch_id;
}

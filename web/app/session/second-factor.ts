// Leading those whose roles count only with a second factor to where they set it up.
import type { RouteLocationNormalized, RouteLocationRaw } from "vue-router";
import { usePreference } from "@/app/preferences";
import { session } from "./session";

export const SECOND_FACTOR = "/account/second-factor";

/** The session that was led there last, in any tab and over reloads. */
const led = usePreference("second-factor-led", "");

/** Where to go instead of a page, once in a session: whoever puts it off goes on with their other roles. */
export function leadToSecondFactor(to: RouteLocationNormalized): RouteLocationRaw | null {
  const id = session.current?.session.session_id;
  if (!session.current?.needs_second_factor || id === undefined || id === led.value || to.meta.isPublic) return null;
  led.value = id;
  return to.path === SECOND_FACTOR ? null : { path: SECOND_FACTOR, query: { next: to.fullPath } };
}

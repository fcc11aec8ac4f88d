/**
 * Signing in at an identity provider. The browser leaves with an attempt of its own, and comes back to `/provider-sign-in`
 * of the API, the address that the provider knows; that page hands what is in its address on to the app's page of the same
 * name where this note says that the app has begun.
 */
import { answer, api, type Schemas } from "@/api/web";
import { begin } from "./session";

export type ProviderAnswer = Schemas["ProviderAnswerBody"];

/** Also read by `sessions/adapters/templates/page.html`. */
const NOTE = "drivetrain.provider";

/** What a page leaves for the window that it opens to sign in. */
const WINDOW_NOTE = "drivetrain.provider.window";

/** Where the browser goes after the return: a page of ours, or `CLOSE` for a window that was opened for signing in. */
export const CLOSE = "close";

/** Leaves for the provider, to sign in there and go on at a page. */
export async function signInAt(next: string): Promise<void> {
  leaveFor((await answer(api.POST("/sessions/providers/attempts"))).url, next);
}

/** Leaves for the provider, to link the account there to the one of who is signed in. */
export async function linkAt(password: string | null, next: string): Promise<void> {
  leaveFor((await answer(api.POST("/people/me/identities/attempts", { body: { password } }))).url, next);
}

/** Opens a session by what the provider sent the browser back with. */
export async function completeSignIn(returned: ProviderAnswer, code: string): Promise<void> {
  await begin(() => api.POST("/sessions/providers/completions", { body: { ...returned, code } }));
}

export async function completeLink(returned: ProviderAnswer): Promise<void> {
  await api.POST("/people/me/identities", { body: returned });
}

/** Opens a window to sign in at the provider; it begins by itself, which a link to the page never does. */
export function openWindow(address: string): void {
  sessionStorage.setItem(WINDOW_NOTE, ""); // the new window gets a copy
  window.open(address, "_blank", "popup,width=520,height=720");
  sessionStorage.removeItem(WINDOW_NOTE);
}

/** Whether this window was opened to sign in; it is asked for once. */
export function takeWindowNote(): boolean {
  const isNoted = sessionStorage.getItem(WINDOW_NOTE) !== null;
  sessionStorage.removeItem(WINDOW_NOTE);
  return isNoted;
}

/** Where to go on, as noted when the browser left; it is asked for once. */
export function takeNext(): string {
  const next = sessionStorage.getItem(NOTE) ?? "/";
  sessionStorage.removeItem(NOTE);
  return next;
}

/** What the provider sent the browser back with; null where the address holds no answer of one. */
export function readReturn(hash: string): { answer: ProviderAnswer; isLink: boolean } | null {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const state = fields.get("state");
  if (state === null) return null;
  const of = (name: string) => fields.get(name) ?? "";
  return { answer: { state, authorization_code: of("code"), issuer: of("iss"), error: of("error") }, isLink: state.startsWith("link.") };
}

function leaveFor(url: string, next: string): void {
  sessionStorage.setItem(NOTE, next);
  location.assign(url);
}

// Who is signed in.
import { computed, reactive, readonly } from "vue";
import { answer, api, onSessionOver, type Schemas } from "@/api/web";
import { ProblemError } from "@/shared/problem/problem";

export type Me = Schemas["MeAnswer"];

export interface Credentials {
  email: string;
  password: string;
  code: string;
}

const state = reactive({
  me: null as Me | null,
  /** The session ended while the page was open: it is asked for over the page. */
  isOver: false,
});
let settle: ((isSignedIn: boolean) => void) | null = null;
let renewal: Promise<boolean> | null = null;

/** The session of this browser. */
export const session = readonly(state);

/** Whether the signed-in person may do something; nothing needed means any signed-in person. */
export function may(scope?: string): boolean {
  return state.me !== null && (scope === undefined || state.me.scopes.includes(scope));
}

export const displayName = computed(() => state.me?.name || state.me?.email || "");

/** Ask the API who is signed in; nobody is no error. */
export async function loadSession(): Promise<void> {
  try {
    state.me = await answer(api.GET("/people/me"));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status !== 401) throw error;
    state.me = null;
  }
}

/**
 * Signs in, and sees to it that the browser keeps the cookie.
 *
 * @throws ProblemError `sessions.wrong_credentials`, `sessions.code_needed`, `sessions.wrong_code`, `sessions.no_cookie`.
 */
export async function signIn({ email, password, code }: Credentials): Promise<void> {
  const former = state.me?.person_id;
  await api.POST("/sessions", { body: { email, password, code, link: null } });
  await api.GET("/sessions/current");
  state.me = await answer(api.GET("/people/me"));
  if (former !== undefined && former !== state.me.person_id) {
    location.reload(); // somebody else's page would be left on the screen
    return;
  }
  finish(true);
}

export async function signOut(): Promise<void> {
  await api.DELETE("/sessions/current");
  state.me = null;
}

/** The person leaves a page whose session is over. */
export function leave(): void {
  state.me = null;
  finish(false);
}

function finish(isSignedIn: boolean): void {
  state.isOver = false;
  settle?.(isSignedIn);
  settle = renewal = null;
}

onSessionOver(() => {
  if (state.me === null || (state.isOver && renewal === null)) return Promise.resolve(false);
  state.isOver = true;
  renewal ??= new Promise((resolve) => (settle = resolve));
  return renewal;
});

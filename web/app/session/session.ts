// Who is signed in, and for which company.
import { computed, reactive, readonly } from "vue";
import { answer, api, onSessionOver, type Schemas } from "@/api/web";
import { ProblemError } from "@/shared/problem/problem";
import { rememberCompany, rememberedCompany } from "./acting";
import { onOtherTab, tellOtherTabs } from "./tabs";

export type Me = Schemas["MeAnswer"];
export type SignedIn = Schemas["SignedInAnswer"];

export interface Credentials {
  email: string;
  password: string;
  code: string;
}

const state = reactive({
  me: null as Me | null,
  /** The session itself: the company it acts for, and whether roles wait for a second factor. */
  current: null as SignedIn | null,
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
    const me = await answer(api.GET("/people/me"));
    state.current = await answer(api.GET("/sessions/current"));
    state.me = me;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status !== 401) throw error;
    forget();
  }
}

/**
 * Signs in, and sees to it that the browser keeps the cookie.
 *
 * @throws ProblemError `sessions.wrong_credentials`, `sessions.code_needed`, `sessions.wrong_code`, `sessions.no_cookie`.
 */
export async function signIn({ email, password, code }: Credentials): Promise<void> {
  await begin(() => api.POST("/sessions", { body: { email, password, code, link: null } }));
}

/** Opens a session by a request whose answer brings its cookie. */
export async function begin(open: () => Promise<unknown>): Promise<void> {
  const former = state.current;
  await open();
  await readSession();
  await actForRemembered();
  tellOtherTabs();
  goOn(former);
}

/**
 * Acts for a company, or for none: then only roles on the whole platform count.
 *
 * @throws ProblemError `sessions.company_not_found`.
 */
export async function actFor(company: string | null): Promise<void> {
  await api.PUT("/sessions/current/company", { body: { company_id: company } });
  await readSession();
  if (state.me) rememberCompany(state.me.person_id, company);
  tellOtherTabs();
}

export async function signOut(): Promise<void> {
  await api.DELETE("/sessions/current");
  tellOtherTabs();
  forget();
}

/** The person leaves a page whose session is over. */
export function leave(): void {
  forget();
  finish(false);
}

/** Reads a session that has just begun or changed; where its cookie did not come back, the API says why. */
async function readSession(): Promise<void> {
  const current = await answer(api.GET("/sessions/current"));
  state.me = await answer(api.GET("/people/me"));
  state.current = current;
}

/** A new session acts for the company that its person chose last in this browser. */
async function actForRemembered(): Promise<void> {
  if (!state.me || !state.current) return;
  const company = rememberedCompany(state.me.person_id);
  if (company === undefined || company === state.current.session.company_id) return;
  if (company !== null && !state.current.companies.some((place) => place.company_id === company)) return;
  await actFor(company);
}

function forget(): void {
  state.me = state.current = null;
}

/** Sends requests that waited again, unless they were made for another person or company than the session now acts for. */
function goOn(former: SignedIn | null): void {
  const isSame = former === null || (isSamePerson(former) && former.session.company_id === state.current?.session.company_id);
  finish(isSame);
  if (!isSame) location.reload(); // the page shows, and would send, what belongs elsewhere
}

const isSamePerson = (former: SignedIn) => former.person.person_id === state.current?.person.person_id;

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

/** Asks past the wait for another sign-in. */
const once = { fetch: (request: Request) => fetch(request) };

/** Another tab has signed in or out, or acts for another company: this browser has one session. */
onOtherTab(async () => {
  const former = state.current;
  if (former === null) return; // on the sign-in page somebody may be typing
  try {
    await answer(api.GET("/sessions/current", once));
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 401) leave();
    return; // this tab asks at its next request
  }
  await readSession();
  if (state.isOver || !isSamePerson(former)) goOn(former);
});

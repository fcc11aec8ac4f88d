// The client of the web app: the browser's session, problems as errors, and requests that survive the end of a session.
import createClient from "openapi-fetch";
import { API_ROOT } from "@/app/addresses";
import { ProblemError, readProblem, unreachable } from "@/shared/problem/problem";
import { sendCounted, type Sent } from "@/shared/upload/send-counted";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What ends a session; any other 401 is about what was sent. */
const SESSION_OVER = new Set(["auth.session_ended", "auth.missing", "sessions.no_cookie"]);

type SignInAgain = () => Promise<boolean>;
let signInAgain: SignInAgain = async () => false;

/** Who asks the person to sign in again when a session ends under a request; resolves to false where nobody can be asked. */
export function onSessionOver(handler: SignInAgain): void {
  signInAgain = handler;
}

/** Sends a request; where the session is over, sends it again once the person has signed in. */
async function sendInSession(request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
  const again = request.clone();
  const response = await send(request).catch((error: unknown) => {
    throw request.signal.aborted ? error : unreachable();
  });
  if (response.status !== 401) return response;
  const problem = await readProblem(response.clone());
  if (!SESSION_OVER.has(problem.code) || !(await signInAgain())) return response;
  return send(again);
}

/**
 * The API as the signed-in person. Every answer that is not a success is thrown as a `ProblemError`.
 * The header tells the API that the request comes from our own page (cross-site request forgery).
 */
export const api = createClient<paths>({
  baseUrl: API_ROOT.replace(/\/$/, ""),
  headers: { "X-Drivetrain-Client": "web" },
  fetch: (request) => sendInSession(request, (each) => fetch(each)),
});

api.use({
  async onResponse({ response }) {
    if (!response.ok) throw new ProblemError(await readProblem(response));
  },
});

/** Options of a request with a file: says how much of it has been sent. */
export function counted(onSent: (sent: Sent) => void) {
  return { fetch: (request: Request) => sendInSession(request, (each) => sendCounted(each, onSent)) };
}

/** The body of a successful answer. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T; // a failure has been thrown
}

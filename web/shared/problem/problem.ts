// Problems of the API (RFC 9457) as errors of the app.
import type { components } from "@/api/schema";

export type Problem = components["schemas"]["Problem"];
export type FieldProblem = components["schemas"]["FieldErrorRecord"];

/** An answer of the API that is not a success. Program against `problem.code`. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
  }
}

/** The problem in a response; one of our own where the response is not from the API (a proxy, for example). */
export async function readProblem(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.json();
    if (isProblem(body)) return body;
  } catch {
    // not JSON: told below
  }
  return local("http.unreadable_answer", response.status, `The answer was ${response.status} ${response.statusText}.`);
}

/** The network did not answer. */
export function unreachable(): ProblemError {
  return new ProblemError(local("network.unreachable", 0, "The API did not answer."));
}

/** Any error as a problem, so that pages show one kind. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return local("app.error", 0, error instanceof Error ? error.message : String(error));
}

/** Whether asking again can help. */
export function isTransient(error: unknown): boolean {
  const { status, code } = problemOf(error);
  return code === "network.unreachable" || status === 502 || status === 503 || status === 504;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body && "status" in body;
}

function local(code: string, status: number, detail: string): Problem {
  return { type: "about:blank", title: detail, status, detail, code, request_id: "" };
}

/** What the server said to a form that was sent by script. Everything that is not plainly its own answer is a failure
 * in words, after which the form is still there. */
import { say } from "./words";

export interface Mistakes {
  note: string;
  errors: Record<string, string[]>;
  general: string[];
  /** What stands for the files that need not be sent again, by the names of their fields. */
  kept: Record<string, string>;
}

export interface Failure {
  sentence: string;
  /** Where to log in again. */
  logIn?: string;
}

export type Answer = { location: string } | Mistakes | Failure;

export function read(request: XMLHttpRequest, asked: string): Answer {
  const told = json(request);
  if (request.status === 200 && typeof told?.location === "string") return { location: told.location };
  if (request.status === 422 && told?.errors) return told as unknown as Mistakes;
  // Our own answers are no redirects: the admin sends those that it does not know to its login page.
  if (request.status === 401 || request.responseURL !== asked) {
    return { sentence: say("loggedOut"), logIn: request.responseURL };
  }
  if (typeof told?.detail === "string") return { sentence: told.detail };
  if (request.status === 413) return { sentence: say("tooLargeForServer") };
  if (request.status === 403) return { sentence: say("forbidden") };
  return { sentence: say("noAnswer", { status: request.status }) };
}

function json(request: XMLHttpRequest): Record<string, unknown> | undefined {
  if (!request.getResponseHeader("Content-Type")?.includes("json")) return;
  try {
    return JSON.parse(request.responseText);
  } catch {
    return;
  }
}

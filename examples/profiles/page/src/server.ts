/** What the page asks the server for, besides sending pictures. */
import { at, begin, end, headers, type SignedIn } from "./session";

export interface Profile {
  id: number;
  email: string;
  profile_image_url: string | null;
}

export interface Credentials {
  email: string;
  password: string;
}

/** `message` is the server's, for people. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export async function signUp(credentials: Credentials): Promise<Profile> {
  return signedIn(await ask<SignedIn>("POST", "/signup", credentials));
}

export async function signIn(credentials: Credentials): Promise<Profile> {
  return signedIn(await ask<SignedIn>("POST", "/login", credentials));
}

export async function signOut(): Promise<void> {
  await ask("POST", "/logout");
  end();
}

export function profileOf(id: string): Promise<Profile> {
  return ask("GET", `/user/${encodeURIComponent(id)}`);
}

function signedIn(answer: SignedIn): Promise<Profile> {
  begin(answer);
  return profileOf(String(answer.id));
}

async function ask<Body>(method: string, path: string, body?: object): Promise<Body> {
  const type = body && { "Content-Type": "application/json" };
  let response: Response;
  try {
    response = await fetch(at(path), {
      method,
      headers: { Accept: "application/json", ...headers(), ...type },
      body: body ? JSON.stringify(body) : null,
    });
  } catch {
    throw new Refused(0, "The server cannot be reached. Check the connection and try again.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw new Refused(response.status, answer?.detail ?? `The server answered with ${response.status}.`);
}

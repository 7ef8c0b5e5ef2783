/** What a server's answer means to whoever sent a file: stored, or refused, in words. */
import { isObject } from "./json";
import { fill, type Texts } from "./texts";

/** What the server says, as its API says it. */
export interface Answer<Body = unknown> {
  status: number;
  body: Body;
}

/** The file was not stored. `message` is for the person who sent it; `code` is one of Safelight's table, or "network",
 * "session" or "unreadable" where no answer of an API came. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly code: string,
    message: string,
    readonly answer?: Answer,
  ) {
    super(message);
  }
}

/** What is known of a stored file; each server tells what it likes. */
export interface FileFacts {
  url?: string | null;
  thumbnail?: string | null;
  filename?: string | null;
  media_type?: string | null;
  size?: number | null;
}

/** Why an answer is none that was hoped for. What is not JSON comes from elsewhere: mostly a page to log in at. */
export function refusalOf(answer: Answer, texts: Texts): Refusal | undefined {
  const { status, body } = answer;
  const isJson = typeof body === "object" && body !== null;
  if (status === 401 || (!isJson && (status < 400 || status === 403))) {
    return new Refusal("session", texts.sessionEnded, answer);
  }
  if (status < 400) return undefined;
  return new Refusal(codeIn(body), words(body) ?? fill(texts.failed, { status }), answer);
}

export function codeIn(body: unknown): string {
  const code = isObject(body) ? body.code : undefined;
  return typeof code === "string" ? code : "error";
}

/** What an answer says for people. */
export function words(body: unknown): string | undefined {
  const said = isObject(body) ? body : {};
  return [said.detail, said.error, said.message].find((word) => typeof word === "string" && word !== "") as
    | string
    | undefined;
}

export function factsIn(answer: unknown): FileFacts {
  const { url, thumbnail, filename, media_type, size } = isObject(answer) ? answer : {};
  return {
    ...(typeof url === "string" && { url }),
    ...(typeof thumbnail === "string" && { thumbnail }),
    ...(typeof filename === "string" && { filename }),
    ...(typeof media_type === "string" && { media_type }),
    ...(typeof size === "number" && { size }),
  };
}

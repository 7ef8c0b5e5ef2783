/** A file that is sent once more because no answer came is stored once: each attempt has the same Idempotency-Key. */
import { isOwnOrigin } from "./address";
import type { Answer } from "./answer";

const HEADER = "Idempotency-Key";

/** Of files that no server has answered for good, each by what is sent with it: a key is for one request. */
const keys = new WeakMap<File, Map<string, string>>();

export interface Repeatable {
  file: File;
  url: string;
  /** What the request says besides the file. */
  besides: unknown;
  headers: Readonly<Record<string, string>>;
  /** Undefined: only to the page's own origin, as others may not let the header through. */
  idempotencyKey: boolean | undefined;
}

export async function repeatable(
  { file, url, besides, headers, idempotencyKey = isOwnOrigin(url) }: Repeatable,
  send: (headers: Record<string, string>) => Promise<Answer>,
): Promise<Answer> {
  const all = new Headers(headers);
  if (!idempotencyKey || all.has(HEADER)) return send({ ...headers });
  const known = keys.get(file) ?? new Map<string, string>();
  keys.set(file, known);
  const request = JSON.stringify([url, besides]);
  const key = known.get(request) ?? fresh();
  known.set(request, key);
  const answer = await send({ ...headers, [HEADER]: `"${key}"` });
  if (isFinal(answer)) known.delete(request);
  return answer;
}

/** Not: still being worked on, too many at once, or a server in trouble. */
function isFinal({ status }: Answer): boolean {
  return status < 429 && status !== 409;
}

/** Not crypto.randomUUID, which a page has only by HTTPS: a phone that tries the developer's own machine has none. */
function fresh(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sends one file, in any of the three ways a Safelight endpoint takes it, with progress; a refusal comes in words. */

import { type Answer, codeIn, Refusal, words } from "./answer";
import { repeatable } from "./repeating";
import { ENGLISH, fill, type Texts } from "./texts";

export type Encoding = "multipart" | "json" | "form";
export type Method = "POST" | "PUT" | "PATCH";

/** What goes with a request besides its body, such as a bearer token. A function is asked before each request, and told
 * where it goes. */
export type RequestHeaders = Readonly<Record<string, string>> | ((url: string) => Readonly<Record<string, string>>);

export interface Destination {
  url: string;
  /** The name of the file's field in the form or the JSON object. */
  field: string;
  encoding?: Encoding;
  /** POST, if not given. */
  method?: Method;
  headers?: RequestHeaders | undefined;
  /** Whether an Idempotency-Key goes with it, so that a file that is sent again after a broken line is stored once. If
   * not given, to the page's own origin alone: another one has to let the header through (CORS). */
  idempotencyKey?: boolean;
}

export interface Progress {
  /** Bytes of the body, which in base64 are a third more than those of the file. */
  sent: number;
  total: number;
}

export interface UploadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  texts?: Partial<Texts>;
}

export type Send<Body = unknown> = (file: File, options: UploadOptions) => Promise<Answer<Body>>;

/** For `<FileInput send={uploadTo<Profile>({ url: "/profile/image", field: "image" })}>`; `Body` is what the server
 * answers with, whose word is taken for it. */
export function uploadTo<Body = unknown>(destination: Destination): Send<Body> {
  return (file, options) => upload<Body>(file, destination, options);
}

/** Rejects with a `Refusal`, or with an AbortError when `signal` says so. */
export async function upload<Body = unknown>(
  file: File,
  destination: Destination,
  options: UploadOptions = {},
): Promise<Answer<Body>> {
  const texts = { ...ENGLISH, ...options.texts };
  const { url, method = "POST", field, encoding, idempotencyKey } = destination;
  const { body, type } = await encode(file, destination, texts);
  options.signal?.throwIfAborted();
  const headers = headersFor(url, destination.headers);
  const answer = await repeatable({ file, url, besides: [field, encoding], headers, idempotencyKey }, (all) =>
    post(method, url, body, type ? { ...all, "Content-Type": type } : all, { ...options, texts }),
  );
  if (answer.status >= 200 && answer.status < 300) return answer as Answer<Body>;
  throw new Refusal(codeIn(answer.body), words(answer.body) ?? fill(texts.failed, { status: answer.status }), answer);
}

export function headersFor(url: string, headers: RequestHeaders = {}): Readonly<Record<string, string>> {
  return typeof headers === "function" ? headers(url) : headers;
}

async function encode(file: File, { field, encoding = "multipart" }: Destination, texts: Texts) {
  if (encoding === "multipart") {
    const form = new FormData();
    form.append(field, file);
    return { body: form, type: null };
  }
  const url = await dataUrl(file, texts);
  if (encoding === "json") {
    // A data URL has no character that JSON would escape.
    const body = new Blob([`{${JSON.stringify(field)}: "`, url, '"}']);
    return { body, type: "application/json" };
  }
  const base64 = url.slice(url.indexOf(",") + 1);
  return { body: new URLSearchParams({ [field]: base64 }), type: null };
}

export function dataUrl(file: File, texts: Texts): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Refusal("unreadable", texts.unreadableFile));
    reader.readAsDataURL(file);
  });
}

/** XMLHttpRequest, because fetch does not say how much of a body has gone. */
function post(
  method: Method,
  url: string,
  body: XMLHttpRequestBodyInit,
  headers: Readonly<Record<string, string>>,
  { signal, onProgress, texts }: Omit<UploadOptions, "texts"> & { texts: Texts },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open(method, url);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress?.({ sent: loaded, total });
    request.onload = () => {
      if (request.status < 300 && !request.responseText) return resolve({ status: request.status, body: null });
      try {
        resolve({ status: request.status, body: JSON.parse(request.responseText) });
      } catch {
        reject(new Refusal("unreadable", texts.unreadableAnswer, { status: request.status, body: null }));
      }
    };
    request.onerror = () => reject(new Refusal("network", texts.brokenConnection));
    request.onabort = () => reject(signal?.reason ?? new DOMException("The upload was cancelled.", "AbortError"));
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort);
    request.send(body);
  });
}

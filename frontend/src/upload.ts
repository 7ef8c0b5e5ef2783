/** Sends one file, in any of the three ways a Safelight endpoint takes it, with progress; a refusal comes in words. */

import { ENGLISH, fill, type Texts } from "./texts";

export type Encoding = "multipart" | "json" | "form";

export interface Destination {
  url: string;
  /** The name of the file's field in the form or the JSON object. */
  field: string;
  encoding?: Encoding;
  headers?: Readonly<Record<string, string>>;
}

export interface Progress {
  /** Bytes of the body, which in base64 are a third more than those of the file. */
  sent: number;
  total: number;
}

export interface UploadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  texts?: Texts;
}

/** What the server stored, as its API says it. */
export interface Answer {
  status: number;
  body: unknown;
}

/** The file was not stored. `message` is for the person who sent it; `code` is one of Safelight's table, or "network" or
 * "unreadable" where no answer of an API came. */
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

/** Rejects with a `Refusal`, or with an AbortError when `signal` says so. */
export async function upload(file: File, destination: Destination, options: UploadOptions = {}): Promise<Answer> {
  const texts = options.texts ?? ENGLISH;
  const { body, type } = await encode(file, destination, texts);
  options.signal?.throwIfAborted();
  const answer = await post(destination, body, type, { ...options, texts });
  if (answer.status >= 200 && answer.status < 300) return answer;
  const said = answer.body as { code?: unknown; detail?: unknown } | null;
  const detail = typeof said?.detail === "string" ? said.detail : fill(texts.failed, { status: answer.status });
  throw new Refusal(typeof said?.code === "string" ? said.code : "error", detail, answer);
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
  { url, headers }: Destination,
  body: XMLHttpRequestBodyInit,
  type: string | null,
  { signal, onProgress, texts }: UploadOptions & { texts: Texts },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    if (type) request.setRequestHeader("Content-Type", type);
    for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value);
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

/** Sends files by Uppy: a few at a time, again after a broken line, with progress. Loaded when the first file is sent. */
import Uppy from "@uppy/core";
import XHRUpload from "@uppy/xhr-upload";
import { type Answer, Refusal } from "./answer";
import { parsed } from "./json";
import type { Texts } from "./texts";
import type { UploadOptions } from "./upload";

export interface Destination {
  url: string;
  /** Sent before the file, in this order. */
  fields: Record<string, string>;
  headers: Record<string, string>;
}

type Meta = Record<string, string>;
type Body = { answer: Answer };

const AT_A_TIME = 3;
/** A line that was down may be up in a moment; an answer of the handler itself will be the same again. */
const PASSING = [0, 502, 504];
const SILENT = { debug: () => {}, warn: () => {}, error: () => {} }; // whoever sends is told, not the console

const uppies = new Map<string, Uppy<Meta, Body>>();
let count = 0;

/** Resolves with whatever the server answers, also if it refuses. */
export async function send(
  file: File,
  { url, fields, headers }: Destination,
  { signal, onProgress }: UploadOptions,
  texts: Texts,
): Promise<Answer> {
  signal?.throwIfAborted();
  const uppy = uppyFor(url);
  const id = uppy.addFile({
    name: file.name,
    type: file.type,
    data: file,
    meta: { ...fields, relativePath: String(++count) }, // the same file may be sent twice, for two places
  });
  uppy.setFileState(id, { xhrUpload: { endpoint: url, headers, allowedMetaFields: Object.keys(fields) } });
  const listening = new AbortController();
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const on: typeof uppy.on = (event, listener) => {
        listening.signal.addEventListener("abort", () => uppy.off(event, listener));
        return uppy.on(event, listener);
      };
      on("upload-progress", (sent, { bytesUploaded, bytesTotal }) => {
        if (sent?.id === id) onProgress?.({ sent: Number(bytesUploaded), total: bytesTotal || 1 });
      });
      on("upload-success", (sent, { body }) => {
        if (sent?.id === id && body) resolve(body.answer);
      });
      on("upload-error", (sent, _, request) => {
        if (sent?.id !== id) return;
        const answer = request instanceof XMLHttpRequest && request.status ? answerOf(request) : undefined;
        if (answer) resolve(answer);
        else reject(new Refusal("network", texts.brokenConnection));
      });
      signal?.addEventListener("abort", () => reject(signal.reason), { signal: listening.signal });
      uppy.upload().catch(reject);
    });
  } finally {
    listening.abort();
    if (uppy.getFile(id)) uppy.removeFile(id); // which also stops it
  }
}

function uppyFor(url: string): Uppy<Meta, Body> {
  let uppy = uppies.get(url);
  if (!uppy) {
    uppy = new Uppy<Meta, Body>({ logger: SILENT }).use(XHRUpload, {
      endpoint: url,
      limit: AT_A_TIME,
      timeout: 0, // a slow line is no broken one
      shouldRetry: ({ status }) => PASSING.includes(status),
      getResponseData: (request) => ({ answer: answerOf(request) }),
    });
    uppies.set(url, uppy);
  }
  return uppy;
}

function answerOf({ status, responseText }: XMLHttpRequest): Answer {
  return { status, body: parsed(responseText) };
}

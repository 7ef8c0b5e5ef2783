/** A file handler's client: files are sent to it, listed and deleted. */
import { type Answer, type FileFacts, factsIn, Refusal, refusalOf, words } from "./answer";
import { isObject, parsed } from "./json";
import { placesIn } from "./library/places";
import type { Item, Page, Query, Removal, Source } from "./library/source";
import { part } from "./part";
import { repeatable } from "./repeating";
import { ENGLISH, type Texts } from "./texts";
import { headersFor, type RequestHeaders, type UploadOptions } from "./upload";

/** Longer addresses are refused by some servers. */
const MAX_ADDRESS = 4_000;

export interface ClientOptions {
  /** Of the file handler. */
  url: string;
  /** They go with each request: before the file in a form, else in the address. */
  parameters?: Readonly<Record<string, string>>;
  headers?: RequestHeaders;
  /** As a `Destination` has it. */
  idempotencyKey?: boolean;
  texts?: Partial<Texts>;
}

/** A file as a handler tells of it. */
export interface StoredFile extends FileFacts {
  /** What a row or document keeps of it. */
  value: string;
}

export type StoredItem = Item & StoredFile;

/** Everything but `abandon` rejects with a `Refusal`, or with an AbortError when a signal says so. */
export class Client implements Source<StoredItem> {
  readonly url: string;
  readonly #parameters: Readonly<Record<string, string>>;
  readonly #headers: RequestHeaders | undefined;
  readonly #idempotencyKey: boolean | undefined;
  readonly #texts: Texts;

  constructor({ url, parameters = {}, headers, idempotencyKey, texts }: ClientOptions) {
    this.url = url;
    this.#parameters = parameters;
    this.#headers = headers;
    this.#idempotencyKey = idempotencyKey;
    this.#texts = { ...ENGLISH, ...texts };
  }

  readonly upload = async (file: File, options: UploadOptions = {}): Promise<Answer<StoredFile>> => {
    const texts = { ...this.#texts, ...options.texts };
    await readable(file, texts);
    const { send } = await part(() => import("./transport"), texts);
    const { url } = this;
    const fields = this.#parameters;
    const headers = headersFor(url, this.#headers);
    const { status, body } = await repeatable(
      { file, url, besides: fields, headers, idempotencyKey: this.#idempotencyKey },
      (all) => send(file, { url, fields, headers: all }, options, texts),
    );
    const refusal = refusalOf({ status, body }, texts);
    if (refusal) throw refusal;
    const value = isObject(body) ? body.value : undefined;
    if (typeof value !== "string" || !value) {
      throw new Refusal("no_value", words(body) ?? texts.noValue, { status, body });
    }
    return { status, body: { ...factsIn(body), value } };
  };

  /** What was uploaded before, newest first. */
  readonly list = async (query: Query, signal?: AbortSignal): Promise<Page<StoredItem>> => {
    const body = await this.ask("GET", query, signal);
    const { results, has_more, cursor } = body as { results?: unknown; has_more?: unknown; cursor?: unknown };
    const items = (Array.isArray(results) ? results : []).flatMap((result) => asItem(result) ?? []);
    if (has_more === false || items.length === 0) return { items, next: undefined };
    const { cursor: _, page = "1", ...rest } = query;
    const next =
      typeof cursor === "string" && cursor ? { ...rest, cursor } : { ...rest, page: String(Number(page) + 1) };
    return { items, next };
  };

  readonly remove = async (value: string): Promise<Removal> => {
    try {
      await this.ask("DELETE", { trigger: "delete_button", value });
      return { isDone: true };
    } catch (error) {
      if (error instanceof Refusal && error.answer?.status === 409) {
        return { isDone: false, places: placesIn(error.answer.body) };
      }
      throw error;
    }
  };

  /** Tells that nobody will save these; as the page is left, so no answer is waited for. */
  readonly abandon = (values: readonly string[]): void => {
    const rest = [...values];
    while (rest.length) {
      const url = this.#address({ trigger: "unsaved_form_page_exit" });
      do url.searchParams.append("value", rest.shift() as string);
      while (rest[0] && url.href.length + encodeURIComponent(rest[0]).length < MAX_ADDRESS);
      const headers = headersFor(this.url, this.#headers);
      fetch(url, { method: "DELETE", headers, keepalive: true }).catch(() => {});
    }
  };

  /** What the handler answers, which is JSON; nothing else is known of it. */
  async ask(method: "GET" | "DELETE", query: Query, signal?: AbortSignal): Promise<unknown> {
    let response: Response;
    try {
      const headers = headersFor(this.url, this.#headers);
      response = await fetch(this.#address(query), { method, headers, signal: signal ?? null });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Refusal("network", this.#texts.brokenConnection);
    }
    const text = await response.text();
    const answer = { status: response.status, body: parsed(text) };
    if (method === "DELETE" && response.ok && !response.redirected) return answer.body; // which may be empty
    const refusal = refusalOf(answer, this.#texts);
    if (refusal) throw refusal;
    return answer.body;
  }

  #address(query: Query): URL {
    const url = new URL(this.url, location.href);
    for (const [name, value] of Object.entries({ ...this.#parameters, ...query })) url.searchParams.append(name, value);
    return url;
  }
}

function asItem(result: unknown): StoredItem | undefined {
  if (!isObject(result)) return undefined;
  const { value, metadata } = result;
  if (typeof value !== "string") return undefined;
  return { value, ...factsIn(result), metadata: isObject(metadata) ? metadata : {} };
}

/** A folder can be dropped, but not read; and a file may be gone since it was chosen. */
async function readable(file: File, texts: Texts): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Refusal("unreadable", texts.unreadableFile);
  }
}

/** The requests to a file handler, as django-jsonform sends them, and what its answers mean. */
import { placesIn } from "../library/places";
import type { Item, Page, Query, Removal, Source } from "../library/source";
import { part } from "../part";
import { fill, type Texts } from "../texts";
import { type Answer, Refusal, type UploadOptions } from "../upload";
import type { Config, FileFacts } from "./config";
import { coords, isObject, type Path } from "./paths";

/** Longer addresses are refused by some servers. */
const MAX_ADDRESS = 4_000;

export type StoredItem = Item & FileFacts;

export interface Suggestion {
  title: string;
  value: unknown;
}

export class Handler {
  constructor(
    readonly url: string,
    readonly config: Config,
  ) {}

  get #texts(): Texts {
    return this.config.texts;
  }

  /** Its body's `value` is what the document is to hold. */
  async upload(file: File, path: Path, options: UploadOptions): Promise<Answer> {
    await readable(file, this.#texts);
    const { send } = await part(() => import("./transport"), this.#texts);
    const fields = { ...this.config.handlerArgs, coords: coords(path) };
    const answer = await send(file, { url: this.url, fields, headers: csrf() }, options, this.#texts);
    const refusal = refusalOf(answer, this.#texts);
    if (refusal) throw refusal;
    const value = (answer.body as { value?: unknown }).value;
    if (typeof value !== "string" || !value) {
      throw new Refusal("no_value", words(answer.body) ?? this.#texts.noValue, answer);
    }
    return answer;
  }

  /** What was uploaded before, and may be chosen at `path`: newest first. */
  library(path: Path): Source {
    return {
      list: (query, signal) => this.#list(path, query, signal),
      remove: (value) => this.#remove(path, value),
    };
  }

  async #list(path: Path, query: Query, signal: AbortSignal): Promise<Page> {
    const body = await this.#ask("GET", { coords: coords(path), ...query }, { signal });
    const { results, has_more, cursor } = body as { results?: unknown; has_more?: unknown; cursor?: unknown };
    const items = (Array.isArray(results) ? results : []).flatMap((result) => asItem(result) ?? []);
    if (has_more === false || items.length === 0) return { items, next: undefined };
    const { cursor: _, page = "1", ...rest } = query;
    const next =
      typeof cursor === "string" && cursor ? { ...rest, cursor } : { ...rest, page: String(Number(page) + 1) };
    return { items, next };
  }

  async #remove(path: Path, value: string): Promise<Removal> {
    try {
      await this.#ask("DELETE", { coords: coords(path), trigger: "delete_button", value }, { headers: csrf() });
      return { isDone: true };
    } catch (error) {
      if (error instanceof Refusal && error.answer?.status === 409) {
        return { isDone: false, places: placesIn(error.answer.body) };
      }
      throw error;
    }
  }

  async suggest(path: Path, query: string, signal: AbortSignal): Promise<Suggestion[]> {
    const body = await this.#ask("GET", { coords: coords(path), query }, { signal });
    const { results } = body as { results?: unknown };
    return (Array.isArray(results) ? results : []).map((result) =>
      typeof result === "object" && result !== null && "value" in result
        ? { title: String(result.title ?? result.label ?? result.value), value: result.value }
        : { title: String(result), value: result },
    );
  }

  /** Tells that nobody will save these; as the page is left, so no answer is waited for. */
  abandon(values: readonly string[]): void {
    const rest = [...values];
    while (rest.length) {
      const url = this.#address({ trigger: "unsaved_form_page_exit" });
      do url.searchParams.append("value", rest.shift() as string);
      while (rest[0] && url.href.length + encodeURIComponent(rest[0]).length < MAX_ADDRESS);
      fetch(url, { method: "DELETE", headers: csrf(), keepalive: true }).catch(() => {});
    }
  }

  #address(parameters: Record<string, string>): URL {
    const url = new URL(this.url, location.href);
    for (const [name, value] of Object.entries({ ...this.config.handlerArgs, ...parameters })) {
      url.searchParams.append(name, value);
    }
    return url;
  }

  async #ask(method: string, parameters: Record<string, string>, init: RequestInit): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(this.#address(parameters), { method, ...init });
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
}

/** Why an answer is none that was hoped for. What is not JSON comes from elsewhere: mostly a page to log in at. */
export function refusalOf(answer: Answer, texts: Texts): Refusal | undefined {
  const { status, body } = answer;
  const isJson = typeof body === "object" && body !== null;
  if (status === 401 || (!isJson && (status < 400 || status === 403))) {
    return new Refusal("session", texts.sessionEnded, answer);
  }
  if (status < 400) return undefined;
  return new Refusal("error", words(body) ?? fill(texts.failed, { status }), answer);
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an answer says for people. */
function words(body: unknown): string | undefined {
  const said = body as Record<string, unknown> | undefined;
  return [said?.detail, said?.error, said?.message].find((word) => typeof word === "string" && word !== "") as
    | string
    | undefined;
}

function asItem(result: unknown): StoredItem | undefined {
  const { value, metadata } = result as Record<string, unknown>;
  if (typeof value !== "string") return undefined;
  const facts = factsIn(result);
  return { value, ...facts, metadata: isObject(metadata) ? metadata : {} };
}

/** What an answer tells of a file; each handler what it likes. */
export function factsIn(answer: unknown): FileFacts {
  const { url, thumbnail, filename, media_type, size } = (isObject(answer) ? answer : {}) as Record<string, unknown>;
  return {
    ...(typeof url === "string" && { url }),
    ...(typeof thumbnail === "string" && { thumbnail }),
    ...(typeof filename === "string" && { filename }),
    ...(typeof media_type === "string" && { media_type }),
    ...(typeof size === "number" && { size }),
  };
}

/** A folder can be dropped, but not read; and a file may be gone since it was chosen. */
async function readable(file: File, texts: Texts): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Refusal("unreadable", texts.unreadableFile);
  }
}

function csrf(): Record<string, string> {
  const cookie = document.cookie.split("; ").find((candidate) => candidate.startsWith("csrftoken="));
  const token = cookie?.slice(10) ?? document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value;
  return token ? { "X-CSRFToken": token } : {};
}

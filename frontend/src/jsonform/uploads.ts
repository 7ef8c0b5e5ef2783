/** The uploads of one field of the page: which are running, and which values came of them that no saved document names
 * yet. */
import type { Handler } from "./handler";

export class Uploads {
  readonly #running = new Map<Promise<unknown>, () => void>();
  readonly #unsaved = new Map<string, Handler>();
  readonly #listeners = new Set<() => void>();

  get running(): number {
    return this.#running.size;
  }

  /** `show` leads whoever waits to the input that it is about. */
  async run<T>(upload: Promise<T>, show: () => void): Promise<T> {
    this.#running.set(upload, show);
    this.#tell();
    try {
      return await upload;
    } finally {
      this.#running.delete(upload);
      this.#tell();
    }
  }

  /** `value` came of a file that this page sent. */
  note(value: string, handler: Handler): void {
    this.#unsaved.set(value, handler);
  }

  /** Nobody will save what was sent. */
  abandon(): void {
    const handlers = new Map([...this.#unsaved.values()].map((handler) => [handler.url, handler]));
    for (const handler of handlers.values()) {
      handler.abandon([...this.#unsaved].flatMap(([value, { url }]) => (url === handler.url ? [value] : [])));
    }
    this.#unsaved.clear();
  }

  /** Once none is running: leads to the first that was refused, if there is one. */
  async settled(): Promise<(() => void) | undefined> {
    let refused: (() => void) | undefined;
    while (this.#running.size) {
      const running = [...this.#running];
      const outcomes = await Promise.allSettled(running.map(([upload]) => upload));
      const index = outcomes.findIndex(({ status, ...rest }) => status === "rejected" && !isAbort(rest));
      refused ??= running[index]?.[1];
      await new Promise((resolve) => setTimeout(resolve)); // whoever sent them puts them into the document first
    }
    return refused;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isAbort(outcome: object): boolean {
  return "reason" in outcome && outcome.reason instanceof DOMException && outcome.reason.name === "AbortError";
}

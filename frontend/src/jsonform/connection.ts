/** Between a document's form and the page's own: the document goes into the text area; and what was uploaded for a form
 * that nobody saved need not be kept. */
import { focusFirst } from "./focus";
import { isUnusedRow } from "./formset";
import { type Guarded, guardOf } from "./guard";
import type { Path } from "./paths";
import type { Store } from "./store";
import type { Uploads } from "./uploads";

/** Milliseconds without a change: to write a document of some megabytes at each key would be felt. */
const PAUSE = 250;
/** Of a character, in UTF-8. */
const BYTES_AT_MOST = 3;

export class Connection implements Guarded {
  readonly texts;
  readonly #ending = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #written: unknown;
  #isSent = false;

  constructor(
    readonly area: HTMLTextAreaElement,
    readonly place: HTMLElement,
    readonly store: Store,
    readonly uploads: Uploads,
  ) {
    const { signal } = this.#ending;
    this.texts = store.config.texts;
    this.#written = store.given;
    if (!isUnusedRow(area)) this.write();
    signal.addEventListener(
      "abort",
      store.subscribe(() => this.#changed()),
    );
    const { form } = area;
    if (form) {
      signal.addEventListener("abort", guardOf(form).add(this));
      // However it is sent: by a button, or by a script that makes a FormData of it.
      form.addEventListener("formdata", (event) => this.#send(event.formData), { signal });
    }
    addEventListener("pagehide", () => this.#leave(), { signal });
  }

  /** The row was taken away. */
  end(): void {
    clearTimeout(this.#timer);
    this.#leave();
    this.#ending.abort();
  }

  readonly write = (): void => {
    clearTimeout(this.#timer);
    const { document } = this.store.snapshot();
    if (document === this.#written || (!this.store.isTouched && isUnusedRow(this.area))) return;
    this.#written = document;
    this.area.value = this.store.text();
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
  };

  readonly check = (): Path[] => {
    if (!this.store.config.validateOnSubmit || (!this.store.isTouched && isUnusedRow(this.area))) return [];
    return this.store.check();
  };

  readonly show = (places: readonly Path[]): void => {
    setTimeout(() => focusFirst(this.place, places)); // once the sentences are drawn, and rows are open for them
  };

  #changed(): void {
    if (this.store.snapshot().document === this.#written) return; // only what is said of it
    this.#isSent = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.write, PAUSE);
  }

  #send(data: FormData): void {
    this.write();
    this.#isSent = true;
    const { name, value } = this.area;
    if (!data.has(name)) return; // it was taken away, or is disabled
    const limit = this.store.config.postAsFileAbove;
    const isLong = limit !== null && value.length > limit / BYTES_AT_MOST && new Blob([value]).size > limit;
    if (isLong) data.set(name, new File([value], `${name}.json`, { type: "application/json" }));
    else data.set(name, value);
  }

  #leave(): void {
    if (!this.#isSent) this.uploads.abandon();
  }
}

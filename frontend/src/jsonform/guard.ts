/** Stands at the page's own form: when it is sent, each document is in it, whole, and no file is still on its way. */
import { fill, type Texts } from "../texts";
import type { Path } from "./paths";
import type { Uploads } from "./uploads";

/** What the guard has to know of a document's form. */
export interface Guarded {
  uploads: Uploads;
  texts: Texts;
  /** Puts the document where the page's form has it. */
  write: () => void;
  /** The places where something is wrong. */
  check: () => Path[];
  /** Leads to the first of them. */
  show: (places: readonly Path[]) => void;
}

const guards = new WeakMap<HTMLFormElement, Guard>();

export function guardOf(form: HTMLFormElement): Guard {
  let guard = guards.get(form);
  if (!guard) {
    guard = new Guard(form);
    guards.set(form, guard);
  }
  return guard;
}

class Guard {
  readonly #documents = new Set<Guarded>();
  #waiting: { submitter: HTMLElement | null } | undefined;
  #bar: HTMLElement | undefined;

  constructor(readonly form: HTMLFormElement) {
    // Before whatever else listens: a script may send the form by itself.
    form.addEventListener("submit", (event) => this.#submit(event), { capture: true });
  }

  add(guarded: Guarded): () => void {
    this.#documents.add(guarded);
    return () => this.#documents.delete(guarded);
  }

  #submit(event: SubmitEvent): void {
    if (this.#running) {
      stop(event);
      this.#wait(event.submitter);
      return;
    }
    this.#bar?.remove();
    for (const document of this.#documents) document.write();
    if (event.submitter instanceof HTMLButtonElement || event.submitter instanceof HTMLInputElement) {
      if (event.submitter.formNoValidate) return;
    }
    const checked = [...this.#documents].map((document) => ({ document, places: document.check() }));
    const first = checked.find(({ places }) => places.length);
    if (!first) return;
    stop(event);
    first.document.show(first.places);
  }

  get #running(): number {
    return [...this.#documents].reduce((sum, { uploads }) => sum + uploads.running, 0);
  }

  /** Until no upload is running any more; then the form is sent after all, unless one was refused. */
  async #wait(submitter: HTMLElement | null): Promise<void> {
    if (this.#waiting) {
      this.#waiting.submitter = submitter;
      return;
    }
    const [{ texts }] = [...this.#documents] as [Guarded];
    const waiting = { submitter };
    this.#waiting = waiting;
    const text = document.createElement("span");
    const bar = this.#tell(text, texts.stopWaiting, () => {
      this.#waiting = undefined;
      waiting.submitter?.focus();
    });
    const count = () => {
      text.textContent = fill(texts.waiting, { count: this.#running });
    };
    count();
    const watched = [...this.#documents].map(({ uploads }) => uploads.subscribe(count));
    const refused = await Promise.all([...this.#documents].map(({ uploads }) => uploads.settled()));
    for (const unwatch of watched) unwatch();
    if (this.#waiting !== waiting) return; // nobody wants it any more
    this.#waiting = undefined;
    const show = refused.find((found) => found);
    bar.remove();
    if (show) {
      this.#tell(texts.notSaved, texts.close).classList.add("safelight-bad");
      show();
    } else this.form.requestSubmit(waiting.submitter);
  }

  /** Below all else, and in sight; gone when the form is sent again. */
  #tell(text: string | Node, dismiss: string, onDismiss?: () => void): HTMLElement {
    this.#bar?.remove();
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = dismiss;
    const bar = document.createElement("p");
    bar.className = "safelight-waiting";
    bar.role = "status";
    bar.append(text, " ", button);
    button.addEventListener("click", () => {
      bar.remove();
      onDismiss?.();
    });
    this.form.append(bar);
    this.#bar = bar;
    return bar;
  }
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

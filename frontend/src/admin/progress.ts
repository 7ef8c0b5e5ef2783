/** What stands beside the buttons while a form is on its way, and what is said there afterwards. */
import type { Failure } from "./answer";
import { make } from "./make";
import { percent, say, size } from "./words";

export type Button = HTMLButtonElement | HTMLInputElement;

export class Progress {
  isSent = false;
  isCancelled = false;
  readonly #box: HTMLElement;
  readonly #status = make("span", { role: "status", id: "safelight_status" });
  readonly #bar = make("progress", { max: 1, value: 0, ariaLabel: say("upload") });
  readonly #percent = make("span", { className: "safelight-percent" });
  readonly #cancel = make("button", { type: "button", className: "safelight-button" }, say("cancel"));

  constructor(beside: Button, files: File[], abort: () => void) {
    this.#box = place(beside, "safelight-sending", this.#status, this.#bar, this.#percent, this.#cancel);
    const name = files.map((file) => file.name).join(", ");
    this.#status.textContent = say(name ? "sending" : "sent", { name });
    this.#cancel.setAttribute("aria-describedby", this.#status.id);
    this.#cancel.addEventListener("click", () => {
      this.isCancelled = true;
      abort();
    });
    this.#cancel.focus(); // the button that was pressed cannot keep it
  }

  moved({ loaded, total }: ProgressEvent): void {
    this.#bar.value = loaded / total;
    this.#percent.textContent = say("of", { percent: percent(loaded / total), size: size(total) });
  }

  /** Too late to cancel: the server has it all. */
  sent(): void {
    this.isSent = true;
    this.#bar.removeAttribute("value");
    this.#percent.textContent = "";
    this.#status.textContent = say("sent");
    this.#box.focus();
    this.#cancel.remove();
  }

  remove(): void {
    this.#box.remove();
  }
}

export function tellCancelled(beside: Button): void {
  place(beside, "safelight-said", make("span", { role: "alert" }, say("cancelled")));
  beside.focus();
}

export function tellFailure(beside: Button, { sentence, logIn }: Failure, retry: () => void): void {
  const again = make("button", { type: "button", className: "safelight-button" }, say("again"));
  again.addEventListener("click", retry);
  const link = make("a", { href: logIn ?? "", target: "_blank", rel: "noopener" }, say("logIn"));
  const text = logIn ? [`${sentence} `, link, `, ${say("thenSave")}`] : [sentence];
  place(beside, "safelight-said errornote", make("span", { role: "alert" }, ...text), again);
  again.focus();
}

/** Where the pressed button is, in the place of whatever was said there before. */
function place(button: Button, className: string, ...content: HTMLElement[]): HTMLElement {
  for (const old of document.querySelectorAll(".safelight-said")) old.remove();
  const box = make("div", { className, tabIndex: -1 }, ...content);
  (button.closest(".submit-row") ?? button).before(box);
  return box;
}

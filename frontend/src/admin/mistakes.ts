/** The errors of a form, as Django's own pages show them: a note on top, and sentences beside each field. */
import type { Mistakes } from "./answer";
import { make } from "./make";

export function showMistakes(form: HTMLFormElement, { note, errors, general }: Mistakes): void {
  clearMistakes(form);
  const top = make("p", { className: "errornote", tabIndex: -1 }, note);
  (form.querySelector(":scope > div") ?? form).prepend(top);
  const elsewhere = [...general];
  for (const [name, sentences] of Object.entries(errors)) {
    const control = find(form, name);
    if (control) showBeside(control, sentences);
    else elsewhere.push(...sentences.map((sentence) => `${name}: ${sentence}`));
  }
  if (elsewhere.length) top.after(list(elsewhere, "errorlist nonfield"));
  const first = elsewhere.length ? top : (form.querySelector<HTMLElement>("[aria-invalid=true]") ?? top);
  first.focus();
}

function clearMistakes(form: HTMLFormElement): void {
  for (const old of form.querySelectorAll(".errornote, .errorlist, .row-form-errors")) old.remove();
  for (const box of form.querySelectorAll(".errors")) box.classList.remove("errors");
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    describe(control, (id) => !id.endsWith("_error"));
  }
}

/** A field of several widgets (a date and its time) has names with a number. */
function find(form: HTMLFormElement, name: string): HTMLElement | null {
  const quoted = CSS.escape(name);
  return form.querySelector<HTMLElement>(
    `[name="${quoted}"]:not([type=hidden]), [name^="${quoted}_"]:not([type=hidden])`,
  );
}

function showBeside(control: HTMLElement, sentences: string[]): void {
  const errors = list(sentences, "errorlist", `${control.id}_error`);
  const cell = control.closest("td[class*=field-]");
  const box = control.closest(".flex-container:not(.form-multiline)");
  if (cell) {
    cell.prepend(errors);
  } else if (!box) {
    control.before(errors);
  } else if (box.parentElement?.matches("div:not(.form-row)")) {
    box.before(errors); // Django 5: above label and widget, which stand side by side
  } else {
    [...box.children].find((child) => child.contains(control))?.before(errors); // Django 6: between the two
  }
  box?.classList.add("errors");
  for (let details = control.closest("details"); details; details = details.parentElement?.closest("details") ?? null) {
    details.open = true;
  }
  control.setAttribute("aria-invalid", "true");
  describe(control, () => true, errors.id);
}

function list(sentences: string[], className: string, id = ""): HTMLElement {
  return make("ul", { className, id }, ...sentences.map((sentence) => make("li", {}, sentence)));
}

function describe(control: Element, keep: (id: string) => boolean, ...more: string[]): void {
  const ids = (control.getAttribute("aria-describedby") ?? "").split(/\s+/).filter((id) => id && keep(id));
  control.setAttribute("aria-describedby", [...ids, ...more].join(" "));
}

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
    if (control) showBeside(control, name, sentences);
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

function find(form: HTMLFormElement, name: string): HTMLElement | null {
  const named = (match: string) => form.querySelector<HTMLElement>(`[name${match}"]:not([type=hidden])`);
  // A field of several widgets (a date and its time) has them numbered.
  return named(`="${CSS.escape(name)}`) ?? named(`^="${CSS.escape(name)}_`);
}

function showBeside(control: HTMLElement, name: string, sentences: string[]): void {
  const errors = list(sentences, "errorlist", `id_${name}_error`);
  const cell = control.closest("td[class*=field-]");
  const box = control.closest(".flex-container:not(.form-multiline)");
  const line = box?.parentElement;
  if (cell) {
    cell.prepend(errors);
  } else if (!box || !line) {
    control.before(errors);
  } else if (!line.matches("div:not([class])")) {
    box.classList.add("errors"); // Django 6: between label and widget
    [...box.children].find((child) => child.contains(control))?.before(errors);
  } else if (line.parentElement?.matches(".form-row")) {
    line.parentElement.classList.add("errors"); // Django 5: above both, which stand side by side
    line.before(errors);
  } else {
    box.classList.add("errors"); // one of several in a row
    box.before(errors);
  }
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

/** A file that the server keeps, because something else in its form was wrong, is not sent again: a hidden field beside
 * the input stands for it, as the checkbox does that the server itself puts into its pages. */
import { make } from "./make";
import { say } from "./words";

/** The inputs of a form with a file that is chosen, and has to be sent. */
export function unsent(form: HTMLFormElement): HTMLInputElement[] {
  return chosen(form).filter((input) => !kept(input));
}

/** The form as it is sent: without the files that are kept. */
export function dataOf(form: HTMLFormElement): FormData {
  const data = new FormData(form);
  for (const input of chosen(form)) if (kept(input)) data.delete(input.name);
  return data;
}

/** `tokens` is what the server said of this form, by the names of its fields. */
export function keep(form: HTMLFormElement, tokens: Record<string, string>): void {
  for (const input of chosen(form)) {
    forget(input);
    const value = tokens[input.name];
    if (!value) continue;
    input.after(make("input", { type: "hidden", name: `${input.name}-kept`, value }));
    const status = input.parentElement?.querySelector(":scope > [role=status]");
    if (status) {
      status.className = "safelight-hint";
      status.textContent = say("kept", { name: input.files?.[0]?.name ?? "" });
    }
  }
}

/** Another file was chosen, or none. */
export function forget(input: HTMLInputElement): void {
  kept(input)?.remove();
}

export function chosen(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>("input[type=file]")].filter((input) => input.files?.length);
}

function kept(input: HTMLInputElement): Element | null {
  return input.parentElement?.querySelector(`:scope > [type=hidden][name="${CSS.escape(input.name)}-kept"]`) ?? null;
}

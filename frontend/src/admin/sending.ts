/** Saves a form with a chosen file in it by script, so that there is progress and a way out, and so that whatever goes
 * wrong leaves everything that was typed and chosen where it is. It is the same POST as the browser's own. */
import { type Answer, read } from "./answer";
import { chosen, dataOf, keep, unsent } from "./kept";
import { showMistakes } from "./mistakes";
import { type Button, Progress, tellCancelled, tellFailure } from "./progress";
import { say } from "./words";

/** A project's own buttons may answer with a page. */
const SAVES = ["_save", "_continue", "_addanother", "_saveasnew"];

/** The form that is on its way, and what makes it usable again. */
let sending: { form: HTMLFormElement; finish: () => void } | undefined;
/** Whoever has logged in again has another token. */
let hasOldToken = false;

export function sendWithProgress(): void {
  // On the document, after the form's own listeners: Django's select what is in a double list.
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = event.submitter as Button | null;
    if (event.defaultPrevented) return;
    if (form === sending?.form) event.preventDefault();
    else if (button && SAVES.includes(button.name) && chosen(form).length && !form.querySelector("[name=_popup]")) {
      event.preventDefault();
      save(form, button);
    }
  });
  // The browser's back button may bring the page back as it was left.
  addEventListener("pageshow", (event) => event.persisted && sending?.finish());
}

async function save(form: HTMLFormElement, button: Button): Promise<void> {
  const request = new XMLHttpRequest();
  const files = unsent(form).flatMap((input) => [...(input.files ?? [])]);
  const progress = new Progress(button, files, () => request.abort());
  const disabled = [...form.querySelectorAll<Button>("[type=submit]:enabled")];
  for (const each of disabled) each.disabled = true;
  const finish = () => {
    sending = undefined;
    for (const each of disabled) each.disabled = false;
    progress.remove();
  };
  sending = { form, finish };

  if (hasOldToken) await refreshToken(form);
  const answer = progress.isCancelled ? undefined : await exchange(request, form, button, files, progress);
  if (answer && "location" in answer) {
    location.assign(answer.location); // until it is there, nothing can be pressed
    return;
  }
  finish();
  if (!answer) {
    tellCancelled(button);
  } else if ("errors" in answer) {
    keep(form, answer.kept);
    showMistakes(form, answer);
  } else {
    hasOldToken = true;
    tellFailure(button, answer, () => sending ?? save(form, button));
  }
}

/** Nothing if it was cancelled. */
function exchange(
  request: XMLHttpRequest,
  form: HTMLFormElement,
  button: Button,
  files: File[],
  progress: Progress,
): Promise<Answer | undefined> {
  // Not form.action: a field may have that name.
  const url = new URL(form.getAttribute("action") || location.href, location.href);
  url.hash = "";
  const data = dataOf(form);
  data.append(button.name, button.value); // last: by it the server knows that it has the whole form
  return new Promise((resolve) => {
    request.upload.addEventListener("progress", (event) => progress.moved(event));
    request.upload.addEventListener("load", () => progress.sent());
    request.addEventListener("abort", () => resolve(undefined));
    request.addEventListener("load", () => resolve(read(request, url.href)));
    request.addEventListener("error", async () => {
      const lost = await unreadable(files);
      if (lost) resolve({ sentence: say("unreadable", { name: lost.name }) });
      else resolve({ sentence: say(progress.isSent ? "unanswered" : "broken") });
    });
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Safelight", "progress");
    request.send(data);
  });
}

/** A file that was changed or removed since it was chosen; or a folder, which can be dropped but not read. */
async function unreadable(files: File[]): Promise<File | undefined> {
  for (const file of files) {
    try {
      await file.slice(0, 1).arrayBuffer();
    } catch {
      return file;
    }
  }
  return;
}

/** Out of a fresh copy of this page: the cookie may be out of a script's reach. */
async function refreshToken(form: HTMLFormElement): Promise<void> {
  const selector = "input[name=csrfmiddlewaretoken]";
  try {
    const page = await (await fetch(location.href, { headers: { Accept: "text/html" } })).text();
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector<HTMLInputElement>(selector);
    const old = form.querySelector<HTMLInputElement>(selector);
    if (fresh && old) old.value = fresh.value;
    hasOldToken = false;
  } catch {
    // The form is sent as it is, and the answer says what is wrong.
  }
}

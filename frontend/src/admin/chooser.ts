/** One file input: files may be dropped on it and pasted into it, and it shows what is there now and what will be.
 * The native input stays the control, for the keyboard, for screen readers and for the form. */
import { forget } from "./kept";
import { make } from "./make";
import { say, size } from "./words";

let count = 0;

export function enhance(input: HTMLInputElement): void {
  const focused = document.activeElement === input;
  const current = input.closest(".file-upload"); // Django's line about the file that is there already
  const clear = current?.querySelector<HTMLInputElement>("input[type=checkbox]");
  const stored = current?.querySelector("a");
  // What the server keeps, in a page that came back; it is only unchecked, so that it can be taken back.
  const note = document.getElementById(`${input.id}_kept`);
  const kept = note?.querySelector("input");

  const hint = make(
    "span",
    { className: "safelight-hint", id: `safelight_hint_${++count}` },
    make("span", { className: "safelight-drop-hint" }, `${say("drop")} `),
    limits(input),
  );
  const cards = make("span", { className: "safelight-cards" });
  const status = make("span", { role: "status", className: "visually-hidden" });
  const zone = make("span", { className: "safelight-drop" });
  input.before(zone);
  zone.append(input, hint, ...(note ? [note] : []), cards, status);
  input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") ?? ""} ${hint.id}`.trim());
  if (focused) input.focus(); // an element that is moved loses it
  if (!input.labels?.length) input.ariaLabel ??= headOf(input);

  const now = stored && card(say("now"), storedPicture(stored));
  const isShownElsewhere = document.querySelector(".safelight-panel") && !input.closest(".inline-group");
  const show = () => {
    const file = input.files?.[0];
    const next = file ? chosenCard(input, file, now ? say("willBe") : "") : clear?.checked && emptyCard();
    const both = [next || !isShownElsewhere ? now : null, next];
    cards.replaceChildren(...both.filter((each) => each instanceof Node));
    zone.classList.toggle("safelight-chosen", Boolean(file));
  };
  show();

  input.addEventListener("change", () => {
    const file = input.files?.[0];
    forget(input);
    // Django takes a new file together with "Clear" for a contradiction.
    for (const other of [clear, kept]) if (file && other) other.checked = false;
    show();
    const objection = file && objectionTo(file, input);
    status.className = objection ? "safelight-objection" : "visually-hidden";
    status.textContent = file ? objection || say("chosen", { name: file.name, size: size(file.size) }) : say("removed");
  });
  for (const box of [clear, kept]) {
    box?.addEventListener("change", () => {
      const other = box === clear ? kept : clear;
      if (other && box.checked) other.checked = false;
      if (input.files?.length && box.checked) choose(input);
      else show();
    });
  }
  acceptDrops(zone, input);
}

/** A file that misses the input would take the place of the page, and of everything that was typed there. */
export function ignoreStrayDrops(): void {
  for (const kind of ["dragover", "drop"] as const) {
    document.addEventListener(kind, (event) => {
      const isInput = event.target instanceof HTMLInputElement && event.target.type === "file";
      if (event.defaultPrevented || isInput || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
  }
}

/** A picture out of the clipboard, while the input (or its button to remove the file) is focused. Browsers send the
 * event to where text is selected, which may be anywhere. */
export function takePastedFiles(): void {
  document.addEventListener("paste", (event) => {
    const zone = document.activeElement?.closest(".safelight-drop");
    const input = zone?.querySelector<HTMLInputElement>("input[type=file]");
    const file = event.clipboardData?.files[0];
    if (!input || !file || input.disabled) return;
    event.preventDefault();
    choose(input, file);
  });
}

/** As if it had been chosen in the browser's dialogue; without a file, as if none had been. */
function choose(input: HTMLInputElement, file?: File): void {
  const transfer = new DataTransfer();
  if (file) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function acceptDrops(zone: HTMLElement, input: HTMLInputElement): void {
  const over = (is: boolean) => zone.classList.toggle("safelight-over", is);
  zone.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files") || input.disabled) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    over(true);
  });
  zone.addEventListener("dragleave", (event) => over(zone.contains(event.relatedTarget as Node | null)));
  zone.addEventListener("drop", (event) => {
    over(false);
    const files = event.dataTransfer?.files;
    if (!files?.[0] || input.disabled) return;
    event.preventDefault();
    choose(input, files[0]);
    const status = zone.querySelector("[role=status]");
    if (files.length > 1 && status) {
      status.className = "safelight-objection";
      status.textContent = say("first", { name: files[0].name });
    }
  });
}

/** In place of a label, Django has a legend (since 6), or in a table of inlines the head of a column. */
function headOf(input: HTMLInputElement): string | null {
  const cell = input.closest("td");
  const head = cell?.closest("table")?.tHead?.rows[0]?.cells[cell.cellIndex];
  return (head ?? input.closest("fieldset")?.querySelector("legend"))?.textContent?.trim() ?? null;
}

/** What the policy would say. The server looks at the bytes and decides; this only saves the time until then. */
function objectionTo(file: File, input: HTMLInputElement): string {
  const limit = maxBytes(input);
  if (file.size > limit) return say("tooLarge", { limit: size(limit), size: size(file.size) });
  const accepted = input.accept.split(",").filter(Boolean);
  const name = file.name.toLowerCase();
  const fits = (kind: string) => (kind.startsWith(".") ? name.endsWith(kind) : kind === file.type);
  if (!accepted.length || !file.type || accepted.some(fits)) return "";
  return say("wrongKind", { kinds: input.dataset.safelightKinds ?? input.accept });
}

function limits(input: HTMLInputElement): string {
  const kinds = input.dataset.safelightKinds;
  return say(kinds ? "upTo" : "anyUpTo", { kinds: kinds ?? "", size: size(maxBytes(input)) });
}

function maxBytes(input: HTMLInputElement): number {
  return Number(input.dataset.safelightMaxBytes);
}

function card(title: string, ...content: (Node | string)[]): HTMLElement {
  return make("span", { className: "safelight-card" }, make("b", {}, title), ...content);
}

function emptyCard(): HTMLElement {
  return card(say("willBe"), make("span", { className: "safelight-preview" }, say("nothing")));
}

function chosenCard(input: HTMLInputElement, file: File, title: string): HTMLElement {
  const remove = make("button", { type: "button", className: "safelight-button" }, say("remove"));
  remove.addEventListener("click", () => {
    choose(input);
    input.focus();
  });
  const name = make("span", { className: "safelight-name" }, file.name);
  return card(title, preview(file), name, make("span", { className: "safelight-size" }, size(file.size)), remove);
}

/** The picture, if the browser can show it; else a sheet of paper that says what the name ends in. */
function preview(file: File): HTMLElement {
  const sheet = tile(file.name);
  if (!file.type.startsWith("image/")) return sheet;
  const url = URL.createObjectURL(file);
  const image = make("img", { className: "safelight-preview", src: url, alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(url));
  image.addEventListener("error", () => {
    URL.revokeObjectURL(url);
    image.replaceWith(sheet);
  });
  return image;
}

/** Keys end in what the bytes are. */
function storedPicture(link: HTMLAnchorElement): HTMLElement {
  const { pathname } = new URL(link.href);
  const sheet = tile(pathname);
  if (!/\.(avif|gif|jpe?g|png|webp)$/i.test(pathname)) return sheet;
  const image = make("img", { className: "safelight-preview", src: link.href, alt: "" });
  image.addEventListener("error", () => image.replaceWith(sheet));
  return image;
}

function tile(name: string): HTMLElement {
  const extension = /\.(\w{1,4})$/.exec(name)?.[1] ?? "";
  return make("span", { className: "safelight-tile", ariaHidden: "true" }, extension.toUpperCase());
}

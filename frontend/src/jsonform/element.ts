/** Every `[data-safelight-jsonform]` of a page becomes a form, those that come later as rows of an inline, too. */
import "./json-form.css";
import { mount } from "./island";

const MARK = "[data-safelight-jsonform]";
const mounted = new Map<HTMLElement, () => void>();

function mountAll(): void {
  for (const [root, unmount] of mounted) {
    if (root.isConnected) continue;
    unmount();
    mounted.delete(root);
  }
  for (const root of document.querySelectorAll<HTMLElement>(MARK)) {
    if (mounted.has(root) || isTemplate(root)) continue;
    const unmount = mount(root);
    if (unmount) mounted.set(root, unmount);
  }
}

/** Django copies an inline's empty form; what was mounted in it would be a picture of a form. */
function isTemplate(root: HTMLElement): boolean {
  const { id = "", name = "" } = root.querySelector("textarea") ?? {};
  return /__prefix__|-empty-/.test(`${id} ${name}`) || root.closest(".empty-form") !== null;
}

/** A file that misses its field must not replace the page, and all that was written on it. */
function ignoreStrayDrops(): void {
  const ignore = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };
  addEventListener("dragover", ignore);
  addEventListener("drop", ignore);
}

mountAll();
ignoreStrayDrops();
document.addEventListener("formset:added", mountAll);
new MutationObserver((changes) => {
  const isOurs = ({ target }: MutationRecord) => (target as Element).closest(MARK) !== null;
  if (!changes.every(isOurs)) mountAll();
}).observe(document.body, { childList: true, subtree: true });

/** Leads to the field of a value. */
import { coords, type Path } from "./paths";

const CONTROL = ":is(input:not([type=hidden]), textarea, select, button):enabled";

/** To the nearest that there is: what holds it, if the value itself has no field. */
export function focusPlace(root: HTMLElement, path: Path): void {
  const selector = path.length ? `[data-path="${CSS.escape(coords(path))}"]` : ".safelight-form";
  const element = root.querySelector(selector);
  const control = [...(element?.querySelectorAll<HTMLElement>(CONTROL) ?? [])].find((found) => found.checkVisibility());
  if (control) {
    control.focus({ preventScroll: true });
    control.scrollIntoView({ block: "center" });
  } else if (path.length) focusPlace(root, path.slice(0, -1));
}

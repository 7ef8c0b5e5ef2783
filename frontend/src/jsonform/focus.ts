/** Leads to the field of a value. */
import { coords, type Path } from "./paths";

const CONTROL = ":is(input:not([type=hidden]), textarea, select, button):enabled";

/** To the one of these that comes first on the page. */
export function focusFirst(root: HTMLElement, paths: readonly Path[]): void {
  const fields = paths.map((path) => fieldOf(root, path));
  const [first] = fields.sort((one, other) => (one.compareDocumentPosition(other) & FOLLOWING ? -1 : 1));
  const control = [...(first?.querySelectorAll<HTMLElement>(CONTROL) ?? [])].find((found) => found.checkVisibility());
  control?.focus({ preventScroll: true });
  control?.scrollIntoView({ block: "center" });
}

const FOLLOWING = Node.DOCUMENT_POSITION_FOLLOWING;

/** Of what holds it, if the value itself has none. */
function fieldOf(root: HTMLElement, path: Path): Element {
  if (!path.length) return root;
  const found = root.querySelector(`[data-path="${CSS.escape(coords(path))}"]`);
  return found ?? fieldOf(root, path.slice(0, -1));
}

/** The library of one place in the document. What the document names is in use, although no handler may know of it yet:
 * deleted, it would be saved as the name of nothing. */

import { isObject } from "../json";
import type { Place } from "../library/places";
import type { Source } from "../library/source";
import type { Handler } from "./handler";
import type { Path } from "./paths";

export function libraryAt(path: Path, handler: Handler, document: () => unknown): Source {
  const source = handler.at(path);
  return {
    ...source,
    remove: async (value) => {
      const places = [...namedAt(document(), value)].map((steps) => placeOf(steps, handler));
      return places.length ? { isDone: false, places } : source.remove(value);
    },
  };
}

function* namedAt(document: unknown, value: string, path: Path = []): Generator<Path> {
  if (document === value) yield path;
  else if (Array.isArray(document))
    for (const [index, item] of document.entries()) yield* namedAt(item, value, [...path, index]);
  else if (isObject(document))
    for (const [key, item] of Object.entries(document)) yield* namedAt(item, value, [...path, key]);
}

/** In the server's words. */
function placeOf(path: Path, { config }: Handler): Place {
  const steps = path.map((step) => (typeof step === "number" ? step + 1 : step.replaceAll("_", " ")));
  return { text: [config.handlerArgs.field_name, steps.join(" > ")].filter(Boolean).join(": "), url: undefined };
}

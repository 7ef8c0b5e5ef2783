/** Where a file is used, as a handler tells it: in a sentence, or in parts with an address. */
import { address } from "../address";

export interface Place {
  text: string;
  url: string | undefined;
}

/** In the answer that nothing was deleted, or among what is told of a file. */
export function placesIn(told: unknown): Place[] {
  const { places, used_in } = (told ?? {}) as Record<string, unknown>;
  const found = places ?? used_in ?? [];
  return (Array.isArray(found) ? found : [found]).map(placeOf);
}

function placeOf(told: unknown): Place {
  if (typeof told !== "object" || told === null) return { text: String(told), url: undefined };
  const { kind, name, url, field, path, ...rest } = told as Record<string, unknown>;
  const row = [kind, name && `“${name}”`].filter(Boolean).join(" ");
  const column = [field, path].filter(Boolean).join(": ");
  const text = [row, column, ...Object.values(rest)].filter(Boolean).join(", ");
  return { text, url: typeof url === "string" ? address(url) : undefined };
}

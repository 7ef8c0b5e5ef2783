/** Where a value stands in a document, and how one is put there: what is not on the way stays the very same object, so
 * that nothing but the way is drawn again. */
import { isObject } from "../json";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Step = string | number;
export type Path = readonly Step[];

/** As the server names it: `gallery§0§picture`. */
export function coords(path: Path): string {
  return path.join("§");
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((within, step) => (within as Record<Step, unknown> | null | undefined)?.[step], value);
}

/** A copy of `document` with `value` at `path`; without the key if there is no value. */
export function withValue(document: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === "number") {
    const items = Array.isArray(document) ? [...document] : [];
    items[step] = withValue(items[step], rest, value) ?? null; // as JSON has no gaps
    return items;
  }
  const object: Record<string, unknown> = isObject(document) ? { ...document } : {};
  const changed = withValue(Object.hasOwn(object, step) ? object[step] : undefined, rest, value);
  if (changed === undefined) delete object[step];
  else define(object, step, changed);
  return object;
}

/** A document may have a key like `__proto__`, which an assignment would take for something else. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

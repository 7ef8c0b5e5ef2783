/** Names for the rows of a list, which go along with them: what a row is doing, like sending a file, is its own affair
 * wherever it is moved to. */
import { useRef } from "react";
import { branch, type Errors } from "../errors";

/** A row that was there, by its old place; or a new one. */
export type Entry = number | { value: unknown; id: string };

export interface Rows {
  ids: readonly string[];
  /** To be told before the document is. */
  rearrange: (order: readonly Entry[]) => void;
}

export function useRows(count: number): Rows {
  const ids = useRef<string[]>([]);
  // At first, and whenever the list came to be another than by what was done here.
  if (ids.current.length !== count) {
    const missing = Array.from({ length: Math.max(0, count - ids.current.length) }, newId);
    ids.current = [...ids.current.slice(0, count), ...missing];
  }
  return {
    ids: ids.current,
    rearrange: (order) => {
      ids.current = order.map((entry) => (typeof entry === "number" ? (ids.current[entry] ?? newId()) : entry.id));
    },
  };
}

let last = 0;

export function newId(): string {
  return `row-${++last}`;
}

export function newRow(value: unknown): Entry & object {
  return { value, id: newId() };
}

/** What is wrong with rows, in their new order. */
export function errorsInOrder(errors: Errors | undefined, order: readonly Entry[]): Errors {
  return Object.fromEntries(
    order.flatMap((entry, index) => {
      const within = typeof entry === "number" ? branch(errors, entry) : undefined;
      return within ? [[index, within]] : [];
    }),
  );
}

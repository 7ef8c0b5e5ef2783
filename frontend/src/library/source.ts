/** Where a library has its files from; a file handler, for one. */
import type { Place } from "./places";

export interface Item {
  /** What is chosen with it. */
  value: string;
  /** A picture of it. */
  thumbnail?: string | null;
  /** What is known of it, as it is shown. */
  metadata: Record<string, unknown>;
}

/** What to ask for: words that are searched, and which page. */
export type Query = Record<string, string>;

export interface Page<Kind extends Item = Item> {
  items: Kind[];
  /** The query for those that come after, if there are any. */
  next: Query | undefined;
}

export type Removal = { isDone: true } | { isDone: false; places: Place[] };

/** Each of them rejects with an error whose message is for whoever looks. */
export interface Source<Kind extends Item = Item> {
  list: (query: Query, signal: AbortSignal) => Promise<Page<Kind>>;
  remove: (value: string) => Promise<Removal>;
}

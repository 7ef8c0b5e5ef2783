/** The files of a source, page by page as they come into view, and those that a search finds. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Item, Query, Source } from "./source";

const PAUSE = 300; // milliseconds after the last key of a search

type State = { kind: "loading" } | { kind: "ready" } | { kind: "failed"; message: string };

/** Keeps to the source that it began with. */
export function useListing(source: Source) {
  const [kept] = useState(source);
  const [items, setItems] = useState<Item[]>([]);
  const [next, setNext] = useState<Query | undefined>({ page: "1" });
  const [state, become] = useState<State>({ kind: "loading" });
  const [query, setQuery] = useState("");
  const asked = useRef<AbortController>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const load = useCallback(
    async (wanted: Query, before: readonly Item[]) => {
      asked.current?.abort();
      const asking = new AbortController();
      asked.current = asking;
      become({ kind: "loading" });
      setNext(wanted);
      try {
        const page = await kept.list(wanted, asking.signal);
        const known = new Set(before.map(({ value }) => value)); // a page may have moved on by what came since
        const fresh = page.items.filter(({ value }) => !known.has(value));
        if (asking.signal.aborted) return;
        setItems([...before, ...fresh]);
        setNext(page.next);
        become({ kind: "ready" });
      } catch (error) {
        if (asking.signal.aborted) return;
        become({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
      }
    },
    [kept],
  );

  useEffect(() => {
    load({ page: "1" }, []);
    return () => {
      clearTimeout(timer.current);
      asked.current?.abort();
    };
  }, [load]);

  const search = (text: string) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setQuery(text.trim());
      setItems([]);
      load({ page: "1", ...(text.trim() && { q: text.trim() }) }, []);
    }, PAUSE);
  };
  const more = () => next && load(next, items);

  // The button for more presses itself when it is about to be seen.
  const latest = useRef(more);
  useLayoutEffect(() => {
    latest.current = more;
  });
  const sentinel = useCallback((button: HTMLElement | null) => {
    if (!button) return;
    const look = ([entry]: IntersectionObserverEntry[]) => entry?.isIntersecting && latest.current();
    const observer = new IntersectionObserver(look, { root: button.closest(".safelight-shelf"), rootMargin: "400px" });
    observer.observe(button);
    return () => observer.disconnect();
  }, []);

  const forget = (item: Item) => setItems((all) => all.filter((other) => other !== item));
  return { items, state, query, hasMore: next !== undefined, search, more, forget, sentinel };
}

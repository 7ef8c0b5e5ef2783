/** What was uploaded before, in a dialogue: a grid of pictures that can be searched, chosen from and cleared up. */
import { useId, useLayoutEffect, useRef, useState } from "react";
import { Dialog } from "../Dialog";
import { fill, type Texts } from "../texts";
import { Deletion } from "./Deletion";
import type { Item, Source } from "./source";
import { nameOf, Tile } from "./Tile";
import { useArrows } from "./useArrows";
import { useListing } from "./useListing";

interface LibraryProps {
  source: Source;
  texts: Texts;
  onChoose: (item: Item) => void;
  onClose: () => void;
}

export default function Library({ source, texts, onChoose, onClose }: LibraryProps) {
  const listing = useListing(source);
  const [unwanted, setUnwanted] = useState<Item>();
  const [said, setSaid] = useState("");
  const grid = useRef<HTMLUListElement>(null);
  const arrows = useArrows(grid);
  const id = useId();
  const { items, state } = listing;

  const gap = useRef<number>(undefined); // where a tile was deleted
  const deleted = (item: Item) => {
    gap.current = items.indexOf(item);
    listing.forget(item);
    setUnwanted(undefined);
    setSaid(fill(texts.libraryDeleted, { name: nameOf(item) }));
  };
  useLayoutEffect(() => {
    if (gap.current === undefined) return;
    const tiles = grid.current?.querySelectorAll<HTMLElement>("[data-tile]");
    (tiles?.[Math.min(gap.current, tiles.length - 1)] ?? document.getElementById(id))?.focus();
    gap.current = undefined;
  });

  return (
    <Dialog title={texts.libraryTitle} className="safelight-library" onClose={onClose}>
      <p className="safelight-search">
        <label htmlFor={id}>{texts.librarySearch}</label>
        <input
          id={id}
          type="search"
          form=""
          autoComplete="off"
          onChange={(event) => listing.search(event.target.value)}
        />
      </p>
      <p className="visually-hidden" role="status">
        {said || (state.kind === "ready" ? fill(texts.libraryFound, { count: items.length }) : "")}
      </p>
      <div className="safelight-shelf">
        <ul ref={grid} onKeyDown={arrows}>
          {items.map((item) => (
            <Tile key={item.value} item={item} texts={texts} onChoose={onChoose} onDelete={setUnwanted} />
          ))}
        </ul>
        <p className="safelight-quiet">{words(listing, texts)}</p>
        {state.kind === "failed" && (
          <p className="safelight-actions" role="alert">
            <span className="safelight-message" data-bad>
              {state.message}
            </span>
            <button type="button" onClick={listing.more}>
              {texts.retry}
            </button>
          </p>
        )}
        {state.kind === "ready" && listing.hasMore && (
          <p className="safelight-actions">
            <button type="button" ref={listing.sentinel} onClick={listing.more}>
              {texts.libraryMore}
            </button>
          </p>
        )}
      </div>
      {unwanted && (
        <Deletion
          item={unwanted}
          texts={texts}
          remove={() => source.remove(unwanted.value)}
          onDone={() => deleted(unwanted)}
          onClose={() => setUnwanted(undefined)}
        />
      )}
      <p className="safelight-actions">
        <button type="button" onClick={onClose}>
          {texts.close}
        </button>
      </p>
    </Dialog>
  );
}

function words({ items, state, hasMore, query }: ReturnType<typeof useListing>, texts: Texts): string {
  if (state.kind === "loading") return texts.libraryLoading;
  if (state.kind === "failed" || hasMore) return "";
  if (items.length) return texts.libraryEnd;
  return query ? fill(texts.libraryNothing, { query }) : texts.libraryEmpty;
}

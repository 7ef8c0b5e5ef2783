/** Asks before a file is deleted; and if it is in use, says where. */
import { useState } from "react";
import { Dialog } from "../Dialog";
import { fill, type Texts } from "../texts";
import type { Place } from "./places";
import type { Item, Removal } from "./source";
import { nameOf } from "./Tile";

interface DeletionProps {
  item: Item;
  texts: Texts;
  remove: () => Promise<Removal>;
  onDone: () => void;
  onClose: () => void;
}

type State = { kind: "asking" } | { kind: "deleting" } | { kind: "failed"; message: string; places: readonly Place[] };

export function Deletion({ item, texts, remove, onDone, onClose }: DeletionProps) {
  const [state, become] = useState<State>({ kind: "asking" });
  const name = nameOf(item);
  const go = async () => {
    become({ kind: "deleting" });
    try {
      const removal = await remove();
      if (removal.isDone) onDone();
      else become({ kind: "failed", message: fill(texts.libraryInUse, { name }), places: removal.places });
    } catch (error) {
      become({ kind: "failed", message: error instanceof Error ? error.message : String(error), places: [] });
    }
  };
  return (
    <Dialog title={fill(texts.libraryDelete, { name })} onClose={onClose}>
      {state.kind === "failed" ? (
        <div role="alert">
          <p className="safelight-message" data-bad>
            {state.message}
          </p>
          <ul>
            {state.places.map(({ text, url }) => (
              <li key={text}>
                {url ? (
                  <a href={url} target="_blank" rel="noopener noreferrer">
                    {text}
                  </a>
                ) : (
                  text
                )}
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <p>{fill(texts.libraryConfirm, { name })}</p>
      )}
      <p className="safelight-actions">
        {state.kind !== "failed" && (
          <button type="button" className="safelight-primary" disabled={state.kind === "deleting"} onClick={go}>
            {texts.libraryDeleteIt}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {state.kind === "failed" ? texts.close : texts.cancel}
        </button>
      </p>
    </Dialog>
  );
}

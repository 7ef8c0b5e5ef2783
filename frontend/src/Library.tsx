/** The library, whose code is loaded when it is first opened. */
import { lazy, Suspense } from "react";
import type { Item, Source } from "./library/source";
import { ENGLISH, type Texts } from "./texts";

export const loadLibrary = () => import("./library/Library");
const Dialogue = lazy(loadLibrary);

export interface LibraryProps<Kind extends Item = Item> {
  /** Where it has its files from: a `Client`, for one. It keeps to the one that it began with. */
  source: Source<Kind>;
  texts?: Partial<Texts>;
  onChoose: (item: Kind) => void;
  onClose: () => void;
}

export function Library<Kind extends Item>({ source, texts, onChoose, onClose }: LibraryProps<Kind>) {
  return (
    <Suspense fallback={null}>
      <Dialogue
        source={source}
        texts={{ ...ENGLISH, ...texts }}
        onChoose={(item) => onChoose(item as Kind)} // it gives back what the source gave
        onClose={onClose}
      />
    </Suspense>
  );
}

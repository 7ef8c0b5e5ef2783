/** A file in the library: a button that chooses it, what is known of it, and a way to delete it. */
import { kindOf, Thumbnail } from "../Preview";
import { fill, type Texts } from "../texts";
import { placesIn } from "./places";
import type { Item } from "./source";

interface TileProps {
  item: Item;
  texts: Texts;
  onChoose: (item: Item) => void;
  onDelete: (item: Item) => void;
}

/** What each handler may call a file, and the places where one is used. */
const NAMES = ["name", "filename", "title"];
const PLACES = ["used_in", "places"];

export function Tile({ item, texts, onChoose, onDelete }: TileProps) {
  const name = nameOf(item);
  const facts = Object.entries(item.metadata).filter(
    ([key]) => !NAMES.includes(key.toLowerCase()) && !PLACES.includes(key),
  );
  const places = placesIn(item.metadata);
  return (
    <li className="safelight-tile">
      <button type="button" data-tile aria-label={fill(texts.libraryChoose, { name })} onClick={() => onChoose(item)}>
        <Thumbnail picture={item.thumbnail ?? undefined} kind={kindOf(item.value, name)} alt="" />
        <bdi>{name}</bdi>
      </button>
      <div className="safelight-quiet">
        {facts.map(([key, value]) => (
          <span key={key}>{asText(value)}</span>
        ))}
        {places.length > 0 && (
          <span>
            {texts.libraryUsedIn}: {places.map(({ text }) => text).join("; ")}
          </span>
        )}
      </div>
      <button type="button" aria-label={fill(texts.libraryDelete, { name })} onClick={() => onDelete(item)}>
        {texts.libraryDeleteIt}
      </button>
    </li>
  );
}

export function nameOf({ metadata, value }: Item): string {
  const key = Object.keys(metadata).find((candidate) => NAMES.includes(candidate.toLowerCase()));
  return (key && asText(metadata[key])) || value.split("/").at(-1) || value;
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? Object.values(value).join(" ") : String(value);
}

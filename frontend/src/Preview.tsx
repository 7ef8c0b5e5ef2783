/** What a file input shows of a file: the picture if it is one, else a sheet of paper with its kind; name and size. */
import { useState } from "react";
import { size } from "./size";
import { fill, type Texts } from "./texts";
import { useObjectUrl } from "./useObjectUrl";

/** A file that the server has. */
export interface Current {
  name: string;
  /** Where it can be had. */
  url?: string | undefined;
  /** A picture of it. */
  thumbnail?: string | undefined;
  /** Such as "PDF", for what is no picture. */
  kind?: string | undefined;
  size?: number | undefined;
}

/** A file on this computer. */
export function Chosen({ file, texts }: { file: File; texts: Texts }) {
  const picture = useObjectUrl(file);
  return <Preview file={{ name: file.name, size: file.size, kind: extension(file.name) }} {...{ picture, texts }} />;
}

export function Stored({ file, texts }: { file: Current; texts: Texts }) {
  return <Preview file={file} picture={file.thumbnail} texts={texts} />;
}

interface PreviewProps {
  file: Current;
  picture: string | undefined;
  texts: Texts;
}

function Preview({ file, picture, texts }: PreviewProps) {
  const name = <bdi>{file.name}</bdi>;
  return (
    <figure className="safelight-chosen">
      <Thumbnail
        key={picture ?? ""}
        picture={picture}
        kind={file.kind}
        alt={fill(texts.preview, { name: file.name })}
      />
      <figcaption>
        {file.url ? (
          <a href={file.url} target="_blank" rel="noopener noreferrer">
            {name}
          </a>
        ) : (
          name
        )}
        {file.size !== undefined && <span className="safelight-quiet"> {size(file.size, texts.language)}</span>}
      </figcaption>
    </figure>
  );
}

interface ThumbnailProps {
  picture: string | undefined;
  kind?: string | undefined;
  alt: string;
}

export function Thumbnail({ picture, kind, alt }: ThumbnailProps) {
  const [shows, setShows] = useState(true);
  if (picture && shows) return <img src={picture} alt={alt} loading="lazy" onError={() => setShows(false)} />;
  return <span className="safelight-no-preview" data-kind={kind} aria-hidden="true" />;
}

/** "PDF" of "report.pdf": what people call the kind of a file. */
export function extension(name: string): string | undefined {
  return /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toUpperCase();
}

/** What was taken as any bytes at all is called what its name says, for want of anything better. */
export function kindOf(value: string, name: string): string | undefined {
  const kind = extension(value);
  return kind === undefined || kind === "BIN" ? (extension(name) ?? kind) : kind;
}

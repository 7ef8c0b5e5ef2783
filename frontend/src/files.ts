/** What is known of the files that a form names: from the page, and from each answer since. */

import { address } from "./address";
import type { FileFacts } from "./answer";
import { type Current, extension, kindOf } from "./Preview";

/** What browsers show, as long as nothing better is known than a name. */
const PICTURE = /\.(avif|gif|jpe?g|png|webp)([?#]|$)/i;

export class Files {
  readonly #facts: Map<string, FileFacts>;
  readonly #pictures = new Map<string, string>();

  constructor(known: Readonly<Record<string, FileFacts>> = {}) {
    this.#facts = new Map(Object.entries(known));
  }

  learn(value: string, facts: FileFacts): void {
    this.#facts.set(value, { ...this.#facts.get(value), ...facts });
  }

  /** A file that this page sent. A handler that gives no picture of it need not: it is here. */
  learnSent(value: string, file: File, facts: FileFacts): void {
    const { name, size, type } = file;
    this.learn(value, { filename: name, size, media_type: type, ...facts });
    if (type.startsWith("image/") && !facts.thumbnail) this.#pictures.set(value, URL.createObjectURL(file));
  }

  /** How the file of this value is shown. */
  describe(value: string): Current {
    if (value.startsWith("data:")) return describeDataUrl(value);
    const facts = this.#facts.get(value) ?? {};
    const url = address(facts.url ?? (/^(https?:)?\//.test(value) ? value : null));
    const name = facts.filename || decoded(value.split(/[?#]/)[0]?.split("/").at(-1) || value);
    const isPicture = facts.media_type?.startsWith("image/") ?? PICTURE.test(value);
    return {
      name,
      url,
      thumbnail: address(facts.thumbnail) ?? this.#pictures.get(value) ?? (isPicture ? url : undefined),
      kind: kindOf(value, name),
      size: facts.size ?? undefined,
    };
  }
}

/** Pictures in the document itself. Whatever else a data URL holds is never opened: it may be a page with a script. */
function describeDataUrl(value: string): Current {
  const head = value.slice(5, value.indexOf(","));
  const [type = "", ...parameters] = head.split(";");
  const name = parameters.find((parameter) => parameter.startsWith("name="))?.slice(5) ?? "";
  const bytes = Math.floor(((value.length - head.length - 6) * 3) / 4);
  return {
    name: decoded(name) || type,
    thumbnail: type.startsWith("image/") ? value : undefined,
    kind: extension(decoded(name)) ?? type.split("/").at(-1)?.toUpperCase(),
    size: bytes,
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

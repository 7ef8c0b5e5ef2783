/** A file as a data URL, which keeps its name as django-jsonform's do. */
import type { Answer } from "../answer";
import type { StoredFile } from "../client";
import type { Texts } from "../texts";
import { dataUrl } from "../upload";

/** Answers like a handler, whose value is the file itself. */
export async function readDataUrl(file: File, texts: Texts): Promise<Answer<StoredFile>> {
  const url = await dataUrl(file, texts);
  const name = `;name=${encodeURIComponent(file.name)}`;
  const comma = url.indexOf(";base64,");
  const type = file.type || "application/octet-stream";
  return { status: 200, body: { value: `data:${type}${name}${url.slice(comma)}` } };
}

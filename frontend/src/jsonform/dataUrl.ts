/** A file as a data URL, which keeps its name as django-jsonform's do. */
import type { Texts } from "../texts";
import { type Answer, dataUrl } from "../upload";

/** Answers like a handler, whose value is the file itself. */
export async function readDataUrl(file: File, texts: Texts): Promise<Answer> {
  const url = await dataUrl(file, texts);
  const name = `;name=${encodeURIComponent(file.name)}`;
  const comma = url.indexOf(";base64,");
  const type = file.type || "application/octet-stream";
  return { status: 200, body: { value: `data:${type}${name}${url.slice(comma)}` } };
}

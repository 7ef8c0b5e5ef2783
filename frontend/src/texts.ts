/** Every word that a person reads or hears. A page in another language passes its own; what stands in braces is put in
 * by `fill`. The English has one source, out of which the server's catalogues translate, too. */
import GROUPS from "../../src/safelight/http/texts.json";

export const ENGLISH = {
  /** What numbers are written in. */
  language: "en",
  ...GROUPS.input,
  ...GROUPS.crop,
  ...GROUPS.camera,
  ...GROUPS.form,
  ...GROUPS.library,
};

export type Texts = Record<keyof typeof ENGLISH, string>;

/** A text with its braces filled in. A translation need not use them all. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

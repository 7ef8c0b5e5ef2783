/** What can be wrong with a document: the server's own sentences, by its codes. */
import ENGLISH from "../../../src/safelight/documents/sentences.json";

export const SENTENCES: Sentences = ENGLISH;

export type Sentences = Readonly<Record<keyof typeof ENGLISH, string>>;

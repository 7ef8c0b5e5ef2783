/** Sentences about a document, as a tree that goes along with it: the branches go to the fields that they are about. */
import type { ErrorSchema } from "@rjsf/utils";
import { isObject } from "../json";
import type { Path, Step } from "./paths";

/** With sentences in `__errors`. */
export type Errors = ErrorSchema;

export const NONE: Errors = {};

/** From the server's form: `{"gallery§0§caption": ["sentence"], "": ["about the whole"]}`. */
export function fromCoords(sentences: Readonly<Record<string, readonly string[]>>): Errors {
  let errors = NONE;
  for (const [coords, said] of Object.entries(sentences)) {
    errors = withErrors(errors, coords === "" ? [] : coords.split("§"), said);
  }
  return errors;
}

/** A copy with further sentences at `path`. */
export function withErrors(errors: Errors, path: Path, sentences: readonly string[]): Errors {
  const [step, ...rest] = path;
  if (step === undefined) return Object.assign({}, errors, { __errors: [...(errors.__errors ?? []), ...sentences] });
  return { ...errors, [step]: withErrors(branch(errors, step) ?? NONE, rest, sentences) };
}

/** What is still true once the value at `path` is another: nothing about it, nor about what holds it. `instead` may know
 * more, as of the rows of a list that only moved. */
export function afterChange(errors: Errors, path: Path, instead: Errors = NONE): Errors {
  if (isEmpty(errors)) return errors;
  const [step, ...rest] = path;
  if (step === undefined) return instead;
  const { __errors: _, ...kept } = errors;
  const within = branch(errors, step);
  if (!within) return kept;
  const changed = afterChange(within, rest, instead);
  if (!isEmpty(changed)) return { ...kept, [step]: changed };
  const { [step]: _gone, ...others } = kept;
  return others;
}

export function branch(errors: Errors | undefined, step: Step): Errors | undefined {
  const within = errors?.[step];
  return isObject(within) ? (within as Errors) : undefined;
}

export function isEmpty(errors: Errors): boolean {
  return Object.keys(errors).length === 0;
}

/** The places with something to say, in the document's order. */
export function places(errors: Errors, path: Path = []): Path[] {
  const within = Object.keys(errors).flatMap((step) => places(branch(errors, step) ?? NONE, [...path, step]));
  return errors.__errors?.length ? [path, ...within] : within;
}

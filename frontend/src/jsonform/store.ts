/** The document that is edited, and what is wrong with it; each change makes a new state, which shares with the last one
 * all that did not change. */
import { createSchemaUtils, type SchemaUtilsType } from "@rjsf/utils";
import { Checker } from "./checker";
import { complete } from "./complete";
import type { Config } from "./config";
import { afterChange, type Errors, fromCoords, NONE, places } from "./errors";
import { type Path, withValue } from "./paths";
import { Validator } from "./validator";

export interface State {
  readonly document: unknown;
  readonly errors: Errors;
}

export class Store {
  readonly utils: SchemaUtilsType;
  /** Whether somebody changed the document since it came. */
  isTouched = false;
  #state: State;
  readonly #checker: Checker;
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly config: Config,
    /** As it came; what is missing in it is filled in. */
    readonly given: unknown,
  ) {
    const validator = new Validator();
    this.utils = createSchemaUtils(validator, config.schema);
    this.#checker = new Checker(this.utils, validator, config);
    this.#state = { document: this.#completed(given), errors: fromCoords(config.errors) };
  }

  readonly snapshot = (): State => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** `errors` are those of the value itself, where its rows took theirs along. */
  readonly change = (value: unknown, path: Path, errors: Errors = NONE): void => {
    const changed = withValue(this.#state.document, path, value);
    // Only a value with others in it can bring some that are not filled in yet.
    const document = typeof value === "object" ? this.#completed(changed) : changed;
    this.isTouched = true;
    this.#become({ document, errors: afterChange(this.#state.errors, path, errors) });
  };

  /** The places where something is wrong; the fields say what. */
  check(): Path[] {
    const errors = this.#checker.errors(this.config.schema, this.#state.document);
    this.#become({ ...this.#state, errors });
    return this.mistakes();
  }

  /** The whole document is a place only if no other is: nothing leads to it. */
  mistakes(): Path[] {
    const all = places(this.#state.errors);
    const within = all.filter((place) => place.length > 0);
    return within.length ? within : all;
  }

  text(): string {
    return JSON.stringify(this.#state.document ?? null);
  }

  #completed(document: unknown): unknown {
    return complete(this.utils, this.config.schema, document ?? undefined);
  }

  #become(state: State): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** What rjsf asks of a validator, answered by @cfworker/json-schema: it interprets schemas. The usual one (AJV) compiles
 * them, which a strict Content-Security-Policy forbids. */
import { Validator as Interpreter, type Schema as InterpreterSchema, type OutputUnit } from "@cfworker/json-schema";
import type { RJSFSchema, ValidatorType } from "@rjsf/utils";

const ROOT = "https://safelight.invalid/document";

export class Validator implements ValidatorType {
  readonly #interpreters = new WeakMap<object, Interpreter>();

  isValid(schema: RJSFSchema, value: unknown, rootSchema: RJSFSchema): boolean {
    return value !== undefined && this.mistakes(schema, value, rootSchema).length === 0;
  }

  rawValidation<Result>(schema: RJSFSchema, value?: unknown): { errors?: Result[] } {
    return { errors: this.mistakes(schema, value ?? null, schema) as Result[] };
  }

  /** Only rjsf's own form would ask; see `Checker`. */
  validateFormData() {
    return { errors: [], errorSchema: {} };
  }

  /** Empty if `value` is as `schema` wants it, or if the schema itself cannot be understood: that is no fault of
   * whoever fills in the form, and the server has the last word. */
  mistakes(schema: RJSFSchema, value: unknown, rootSchema: RJSFSchema): OutputUnit[] {
    try {
      return this.#interpreter(schema, rootSchema).validate(value).errors;
    } catch {
      return [];
    }
  }

  #interpreter(schema: RJSFSchema, rootSchema: RJSFSchema): Interpreter {
    let interpreter = this.#interpreters.get(schema);
    if (!interpreter) {
      interpreter = new Interpreter(copy(schema, ROOT), "2020-12", false);
      if (JSON.stringify(schema).includes('"$ref"')) interpreter.addSchema({ ...copy(rootSchema), $id: ROOT });
      this.#interpreters.set(schema, interpreter);
    }
    return interpreter;
  }
}

/** A copy, since the interpreter leaves marks; its references lead into the schema at `base`. */
function copy(schema: RJSFSchema, base = ""): InterpreterSchema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === "$ref" && typeof value === "string" && value.startsWith("#") ? base + value : value,
  );
}

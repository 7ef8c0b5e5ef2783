/** Says in sentences what is wrong with a document before it is sent; the server's own (`problems.py`), which asks again and
 * has the last word. */
import type { SchemaUtilsType } from "@rjsf/utils";
import { isObject } from "../json";
import { fill } from "../texts";
import { chosenKind } from "./choices";
import { rowSchema } from "./complete";
import type { Config, Schema } from "./config";
import { isFile } from "./dialect";
import { type Errors, NONE, withErrors } from "./errors";
import type { Path } from "./paths";
import type { Sentences } from "./sentences";
import { formatMistake } from "./textFormats";
import type { Validator } from "./validator";

/** What is asked of the values within a value is asked where they are; formats are ours. */
const ELSEWHERE = [
  "properties",
  "items",
  "prefixItems",
  "required",
  "additionalProperties",
  "anyOf",
  "allOf",
  "format",
];

export class Checker {
  constructor(
    readonly utils: SchemaUtilsType,
    readonly validator: Validator,
    readonly config: Pick<Config, "sentences" | "language">,
  ) {}

  errors(schema: Schema, document: unknown): Errors {
    let errors = NONE;
    for (const [path, sentence] of this.#check(schema, document, [], false)) {
      errors = withErrors(errors, path, [sentence]);
    }
    return errors;
  }

  *#check(raw: Schema, value: unknown, path: Path, isRequired: boolean): Generator<[Path, string]> {
    const schema = this.utils.retrieveSchema(raw, value) as Schema;
    if (isBlank(schema, value)) {
      if (isRequired || schema.not) yield [path, this.config.sentences.required];
      return;
    }
    for (const sentence of this.#own(schema, value)) yield [path, sentence];
    const kind = chosenKind(this.utils, schema, value);
    if (kind) yield* this.#check(kind, value, path, isRequired);
    if (isObject(value)) {
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        const isAsked = schema.required?.includes(key) ?? false;
        if (isObject(property)) yield* this.#check(property, value[key], [...path, key], isAsked);
      }
    } else if (Array.isArray(value)) {
      for (const [index, row] of value.entries()) {
        const asked = rowSchema(schema, index);
        // A row for a file is there to have one.
        if (asked) yield* this.#check(asked, row, [...path, index], isFile(asked));
      }
    }
  }

  /** What is wrong with the value itself. */
  #own(schema: Schema, value: unknown): Set<string> {
    const own = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !ELSEWHERE.includes(keyword)));
    const mistakes = this.validator.mistakes(own, value, this.utils.getRootSchema());
    const asked = mistakes.filter(({ keywordLocation }) => /^#\/\w+$/.test(keywordLocation)); // not within a choice
    const format = typeof value === "string" ? formatMistake(schema.format, value) : undefined;
    const sentences = asked.map(({ keyword }) => this.#sentence(keyword, schema, value));
    return new Set(format ? [...sentences, this.config.sentences[format]] : sentences);
  }

  #sentence(keyword: string, schema: Schema, value: unknown): string {
    const { sentences, language } = this.config;
    const asked: unknown = schema[keyword as keyof Schema];
    const limit = typeof asked === "number" ? asked.toLocaleString(language, PLAIN) : String(asked);
    const type = Array.isArray(schema.type) ? (schema.type[0] ?? "") : (schema.type ?? "");
    switch (keyword) {
      case "type":
        return sentences[TYPES[type] ?? "no_match"];
      case "enum":
        return fill(sentences.choice, { choices: schema.enum?.join(", ") ?? "" });
      case "oneOf":
        return fill(sentences.choice, {
          choices: schema.oneOf?.map((choice) => isObject(choice) && choice.title).join(", ") ?? "",
        });
      case "const":
        return fill(sentences.const, { value: JSON.stringify(schema.const) });
      case "pattern":
        return fill(sentences.pattern, { pattern: limit });
      case "minLength":
        return fill(sentences.too_short, { limit, actual: [...String(value)].length });
      case "maxLength":
        return fill(sentences.too_long, { limit, actual: [...String(value)].length });
      case "minItems":
        return fill(sentences.too_few, { limit, actual: (value as unknown[]).length });
      case "maxItems":
        return fill(sentences.too_many, { limit, actual: (value as unknown[]).length });
      case "multipleOf":
        return fill(sentences.not_multiple, { step: limit });
      case "minimum":
        return fill(sentences.too_small, { limit });
      case "maximum":
        return fill(sentences.too_large, { limit });
      case "exclusiveMinimum":
        return fill(sentences.not_above, { limit });
      case "exclusiveMaximum":
        return fill(sentences.not_below, { limit });
      case "uniqueItems":
        return sentences.not_unique;
      default:
        return sentences.no_match;
    }
  }
}

const PLAIN = { useGrouping: false, maximumFractionDigits: 15 };

const TYPES: Readonly<Record<string, keyof Sentences>> = {
  string: "not_string",
  number: "not_number",
  integer: "not_integer",
  boolean: "not_boolean",
  array: "not_array",
  object: "not_object",
};

/** Nothing is written there: as forms have it, and django-jsonform's documents. */
function isBlank(schema: Schema, value: unknown): boolean {
  if (typeof value === "string") return value.trim() === "";
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return value === undefined || (value === null && !types.includes("null"));
}

/** A value of one of several kinds: which kind it is, and what the kinds are called. */
import { guessType, type RJSFSchema, type SchemaUtilsType } from "@rjsf/utils";
import { isObject } from "../json";
import type { Schema } from "./config";

const prepared = new WeakMap<object, Schema>();

/** With what rjsf wants to know of alternatives: by which constant they differ, and a title for each. */
export function withKinds(utils: SchemaUtilsType, schema: Schema): Schema {
  const { anyOf } = schema;
  if (!anyOf || schema.discriminator) return schema;
  let known = prepared.get(schema);
  if (!known) {
    const kinds = resolved(utils, anyOf);
    const name = Object.keys(kinds[0]?.properties ?? {}).find((key) =>
      kinds.every((kind) => constant(kind, key) !== undefined),
    );
    const titled = anyOf.map((kind, index) => {
      const title = kinds[index]?.title ?? (name && constant(kinds[index], name));
      return isObject(kind) && title !== undefined ? { ...kind, title: String(title) } : kind;
    });
    known = { ...schema, anyOf: titled as RJSFSchema[], ...(name && { discriminator: { propertyName: name } }) };
    prepared.set(schema, known);
  }
  return known;
}

/** The alternative that `value` is, if `schema` has any and is no list of constants to choose from. */
export function chosenKind(utils: SchemaUtilsType, raw: Schema, value: unknown): Schema | undefined {
  if (!raw.anyOf || utils.isSelect(raw)) return undefined;
  const schema = withKinds(utils, raw);
  const kinds = resolved(utils, schema.anyOf ?? [], value);
  return kinds[likeliest(utils, schema, kinds, value)];
}

/** Which of its kinds `value` is: by a constant that tells; else, as the server has it (`validation.py`), by the names that
 * an object shares with each, less those it does not. `chosen` is it, wherever that leaves a choice. */
export function likeliest(
  utils: SchemaUtilsType,
  schema: Schema,
  kinds: readonly Schema[],
  value: unknown,
  chosen?: number,
): number {
  const name = schema.discriminator?.propertyName;
  if (name && isObject(value)) {
    const told = kinds.findIndex((kind) => value[name] !== undefined && constant(kind, name) === value[name]);
    if (told >= 0) return told;
  }
  const candidates = isObject(value) ? mostAlike(kinds, value) : ofItsType(kinds, value);
  if (chosen !== undefined && (candidates.includes(chosen) || !candidates.length)) return chosen;
  const [first = 0, ...others] = candidates;
  if (!others.length) return first;
  const among = candidates.map((index) => kinds[index] as Schema);
  return candidates[utils.getClosestMatchingOption(value, among, 0)] ?? first;
}

/** Those that a value which is no object may be. */
function ofItsType(kinds: readonly Schema[], value: unknown): number[] {
  const type = value === undefined || value === null ? undefined : guessType(value);
  return kinds.flatMap((kind, index) => {
    const types = [kind.type ?? type].flat().map((each) => (each === "integer" ? "number" : each));
    return type === undefined || types.includes(type) ? [index] : [];
  });
}

/** Those with the most names in common; and of them, those with the fewest that `value` has not. */
function mostAlike(kinds: readonly Schema[], value: Record<string, unknown>): number[] {
  const has = Object.keys(value).filter((name) => value[name] !== undefined);
  const alike = kinds.map(({ properties = {} }) => {
    const shared = has.filter((name) => Object.hasOwn(properties, name)).length;
    const missing = Object.keys(properties).length - shared;
    return 2 * shared - has.length - missing / 10_000;
  });
  const most = Math.max(...alike);
  return alike.flatMap((score, index) => (score === most ? index : []));
}

/** A value of this kind, with what can stay of one of another. Each name is in it: by them its kind is told. */
export function begun(utils: SchemaUtilsType, kind: Schema, before: Schema | undefined, value: unknown): unknown {
  if (kind.type !== "object" && !kind.properties) return kind.type === "string" ? "" : null;
  const kept: unknown = utils.sanitizeDataForNewSchema(kind, before, value);
  const filled = utils.getDefaultFormState(kind, isObject(kept) ? defined(kept) : {}) as Record<string, unknown>;
  return { ...Object.fromEntries(Object.entries(kind.properties ?? {}).flatMap(empty)), ...defined(filled) };

  /** What `complete` leaves out. */
  function empty([name, raw]: [string, unknown]): [string, unknown][] {
    const { type, const: constant } = isObject(raw) ? utils.retrieveSchema(raw as Schema) : {};
    if (constant !== undefined) return [[name, constant]];
    return type === "object" || type === "array" || type === "boolean" ? [] : [[name, type === "string" ? "" : null]];
  }
}

function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function resolved(utils: SchemaUtilsType, kinds: readonly unknown[], value?: unknown): Schema[] {
  return kinds.map((kind) => utils.retrieveSchema(isObject(kind) ? (kind as RJSFSchema) : {}, value));
}

function constant(kind: Schema | undefined, name: string): unknown {
  const property = kind?.properties?.[name];
  if (!isObject(property)) return undefined;
  return property.const ?? (Array.isArray(property.enum) && property.enum.length === 1 ? property.enum[0] : undefined);
}

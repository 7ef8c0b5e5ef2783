/** A value of one of several kinds: which kind it is, and what the kinds are called. */
import type { RJSFSchema, SchemaUtilsType } from "@rjsf/utils";
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
  return kinds[utils.getClosestMatchingOption(value, kinds, 0, schema.discriminator?.propertyName)];
}

function resolved(utils: SchemaUtilsType, kinds: readonly unknown[], value?: unknown): Schema[] {
  return kinds.map((kind) => utils.retrieveSchema(isObject(kind) ? (kind as RJSFSchema) : {}, value));
}

function constant(kind: Schema | undefined, name: string): unknown {
  const property = kind?.properties?.[name];
  if (!isObject(property)) return undefined;
  return property.const ?? (Array.isArray(property.enum) && property.enum.length === 1 ? property.enum[0] : undefined);
}

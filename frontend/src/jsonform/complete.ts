/** The document as the form shows it. An empty text box is "", a box that is not ticked false, a list without rows []:
 * whoever reads the document finds what the editor saw. */
import { ADDITIONAL_PROPERTY_FLAG, type SchemaUtilsType } from "@rjsf/utils";
import { isObject } from "../json";
import { chosenKind } from "./choices";
import type { Schema } from "./config";
import { withValue } from "./paths";

/** `value` with what is missing in it; the same object if nothing is. Nothing is ever taken away. */
export function complete(utils: SchemaUtilsType, raw: Schema, value: unknown, refs: readonly string[] = []): unknown {
  const ref = raw.$ref;
  if (ref && refs.includes(ref) && value === undefined) return undefined; // a tree without an end
  const within = ref ? [...refs, ref] : refs;
  const schema = utils.retrieveSchema(raw, value) as Schema;
  const known = value === undefined ? blank(schema) : value;
  const kind = chosenKind(utils, schema, known);
  const filled = kind ? complete(utils, kind, known, within) : known;
  if (isObject(filled)) {
    return Object.entries(schema.properties ?? {}).reduce<unknown>((object, [key, property]) => {
      if (!isObject(property) || ADDITIONAL_PROPERTY_FLAG in property) return object;
      const had = Object.hasOwn(filled, key) ? filled[key] : undefined;
      const has = complete(utils, property, had, within);
      return has === had ? object : withValue(object, [key], has);
    }, filled);
  }
  if (Array.isArray(filled)) {
    const rows = [...filled].map((row, index) => {
      const asked = rowSchema(schema, index);
      return (asked ? complete(utils, asked, row, within) : row) ?? null;
    });
    return rows.some((row, index) => row !== filled[index]) ? rows : filled;
  }
  return filled;
}

/** What is asked of a row of a list. */
export function rowSchema(schema: Schema, index: number): Schema | undefined {
  const asked = schema.prefixItems?.[index] ?? schema.items;
  return isObject(asked) ? (asked as Schema) : undefined;
}

function blank(schema: Schema): unknown {
  if (schema.default !== undefined) return structuredClone(schema.default);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum || schema.oneOf) return undefined;
  switch (Array.isArray(schema.type) ? undefined : schema.type) {
    case "string":
      return schema.format || schema.widget === "autocomplete" ? undefined : "";
    case "boolean":
      return false;
    case "array":
      return Array.from({ length: Math.max(schema.minItems ?? 0, schema.prefixItems?.length ?? 0) });
    case "object":
      return {};
    default:
      return undefined; // no number shows no number
  }
}

/** What a value is called, and what a row of a list is recognised by. */
import type { RJSFSchema, SchemaUtilsType } from "@rjsf/utils";
import { isObject } from "../json";
import { chosenKind } from "./choices";
import { isFile, isHidden } from "./dialect";

const SHORT = 60;

/** The title, or the key as Django writes a field's name. */
export function labelOf(schema: RJSFSchema, name: string): string {
  if (schema.title) return schema.title;
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface Summary {
  text: string;
  /** The value of the row's first file. */
  file?: string;
}

/** The first words in it, and its first file. */
export function summarise(utils: SchemaUtilsType, raw: RJSFSchema, value: unknown): Summary {
  const schema = utils.retrieveSchema(raw, value);
  if (isFile(schema)) return { text: "", ...(typeof value === "string" && value && { file: value }) };
  if (!isObject(value)) return { text: isHidden(schema) ? "" : short(value) };
  const kind = chosenKind(utils, schema, value);
  const properties = Object.entries({ ...schema.properties, ...kind?.properties });
  const parts = properties.map(([key, property]) =>
    isObject(property) && !isObject(value[key]) ? summarise(utils, property, value[key]) : { text: "" },
  );
  const file = parts.find((part) => part.file)?.file;
  const text = parts.find((part) => part.text)?.text ?? kind?.title ?? "";
  return { text, ...(file && { file }) };
}

function short(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") return "";
  const text = String(value).trim();
  return text.length > SHORT ? `${text.slice(0, SHORT).trimEnd()} …` : text;
}

/** Rows that are for a file: where in a row it is, and how it gets the file that was dropped for it. */
import type { RJSFSchema, SchemaUtilsType } from "@rjsf/utils";
import { createContext } from "react";
import { isObject } from "../../json";
import type { Schema } from "../config";
import { isFile } from "../dialect";

export interface FileStep {
  /** The row itself is the file, or else this key of it. */
  key: string | undefined;
  schema: Schema;
}

/** The first file of a row. */
export function fileStep(utils: SchemaUtilsType, row: RJSFSchema): FileStep | undefined {
  if (isFile(row)) return { key: undefined, schema: row };
  for (const [key, property] of Object.entries(row.properties ?? {})) {
    const schema = isObject(property) ? utils.retrieveSchema(property as RJSFSchema) : undefined;
    if (schema && isFile(schema) && !schema.readOnly) return { key, schema };
  }
  return undefined;
}

/** What a row tells its file's field. */
export interface RowFile {
  /** Which field is meant. */
  coords: string;
  file: File | undefined;
  /** Makes rows for further files. */
  onMore: (files: File[]) => void;
}

export const RowFileContext = createContext<RowFile | null>(null);

/** Which field draws which type: rjsf's, and ours where rows are to keep what goes on in them. */
import BooleanField from "@rjsf/core/lib/components/fields/BooleanField.js";
import NumberField from "@rjsf/core/lib/components/fields/NumberField.js";
import StringField from "@rjsf/core/lib/components/fields/StringField.js";
import type { Registry } from "@rjsf/utils";
import { ArrayField } from "./ArrayField";
import { Autocomplete } from "./Autocomplete";
import { FileField } from "./FileField";
import { Kinds } from "./Kinds";
import { Node } from "./Node";
import { ObjectField } from "./ObjectField";
import { RawField } from "./RawField";
import { Recursion } from "./Recursion";

// Not @rjsf/core itself: all of its fields, widgets and a Markdown reader would be loaded with it.
export const FIELDS = {
  SchemaField: Node,
  ObjectField,
  ArrayField,
  StringField,
  NumberField,
  BooleanField,
  NullField: () => null,
  OneOfField: Kinds,
  AnyOfField: Kinds,
  CyclicSchemaField: Recursion,
  FallbackField: RawField,
  autocomplete: Autocomplete,
  file: FileField,
} as unknown as Registry["fields"];

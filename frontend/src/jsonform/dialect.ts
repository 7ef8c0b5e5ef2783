/** From the schema's words to rjsf's: which field or widget draws a value. */
import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import type { Schema } from "./config";

const FILES = ["file-url", "data-url"];
/** By the schema's own names; `widgets/index.ts` has them all. */
const WIDGETS: Readonly<Record<string, string>> = {
  text: "text",
  textarea: "textarea",
  select: "select",
  radio: "radio",
  range: "range",
  hidden: "hidden",
  checkbox: "checkbox",
  password: "password",
  multiselect: "checkboxes",
  checkboxes: "checkboxes",
};
/** What has to know where it stands is no widget for rjsf, but a field. */
const ASKING = ["autocomplete", "multiselect-autocomplete"];
const unknown = new Set<string>();
const translated = new WeakMap<object, UiSchema>();

/** Of this one value; those within it are asked for when they are drawn. The same for the same schema. */
export function uiSchemaOf(schema: Schema): UiSchema {
  let uiSchema = translated.get(schema);
  if (!uiSchema) {
    uiSchema = translate(schema);
    translated.set(schema, uiSchema);
  }
  return uiSchema;
}

export function isFile(schema: RJSFSchema | undefined): boolean {
  return schema?.type === "string" && FILES.includes(schema.format ?? "");
}

/** A value that nobody is to see or choose: what its kind of block is called, for one. */
export function isHidden(schema: Schema): boolean {
  return schema.widget === "hidden" || schema.const !== undefined;
}

function translate(schema: Schema): UiSchema {
  const uiSchema: UiSchema = {};
  if (schema.helpText) uiSchema["ui:help"] = schema.helpText;
  if (schema.placeholder) uiSchema["ui:placeholder"] = schema.placeholder;
  if (isHidden(schema)) uiSchema["ui:widget"] = "hidden";
  else if (isFile(schema)) uiSchema["ui:field"] = "file";
  else if (ASKING.includes(schema.widget ?? "")) uiSchema["ui:field"] = "autocomplete";
  else if (schema.widget) {
    const widget = WIDGETS[schema.widget];
    if (widget) uiSchema["ui:widget"] = widget;
    else note(schema.widget);
  }
  return uiSchema;
}

function note(widget: string): void {
  if (unknown.has(widget)) return;
  unknown.add(widget);
  console.info(`Safelight: there is no widget "${widget}"; the default is used.`);
}

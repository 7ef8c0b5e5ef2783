/** How a value is drawn: as one control with a label, as several controls that one name stands for, or as a group of
 * further values. */
import type { RJSFSchema, SchemaUtilsType, UiSchema } from "@rjsf/utils";

export type Shape = "control" | "controls" | "checkbox" | "group";

const SEVERAL = ["radio", "checkboxes"];

export function shapeOf(utils: SchemaUtilsType, schema: RJSFSchema, uiSchema: UiSchema | undefined): Shape {
  if (schema.readOnly) return "controls";
  const widget = uiSchema?.["ui:widget"];
  const field = uiSchema?.["ui:field"];
  if (field) return field === "file" ? "controls" : "control";
  if (typeof widget === "string")
    return SEVERAL.includes(widget) ? "controls" : widget === "checkbox" ? widget : "control";
  if (utils.isSelect(schema)) return "control";
  if (schema.oneOf || schema.anyOf) return "group";
  switch (schema.type) {
    case "boolean":
      return "checkbox";
    case "array":
      return utils.isMultiSelect(schema) ? "controls" : "group";
    case "object":
      return "group";
    default:
      return "control";
  }
}

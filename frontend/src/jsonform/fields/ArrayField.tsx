/** A list: of rows, or of what was picked out of choices. */
import { type FieldProps, optionsList, type RJSFSchema } from "@rjsf/utils";
import { isObject } from "../../json";
import type { Schema } from "../config";
import { List } from "./List";
import { RawField } from "./RawField";

export function ArrayField(props: FieldProps) {
  const { schema, uiSchema, registry, formData } = props;
  const { schemaUtils, widgets } = registry;
  const resolved = (items: unknown) => schemaUtils.retrieveSchema(items as RJSFSchema);
  const items = isObject(schema.items) ? resolved(schema.items) : undefined;
  const first = ((schema as Schema).prefixItems ?? []).map(resolved);
  const chosen = uiSchema?.["ui:widget"] ?? (schemaUtils.isMultiSelect(schema) ? "checkboxes" : undefined);
  const Widget = typeof chosen === "string" ? widgets[chosen] : undefined;
  if (!items && !first.length) return <RawField {...props} />;
  if (!items || !Widget) return <List {...props} first={first} items={items} />;
  return (
    <Widget
      {...props}
      id={props.fieldPathId.$id}
      multiple
      options={{ enumOptions: optionsList(items) ?? [] }}
      label={schema.title ?? props.name}
      value={Array.isArray(formData) ? formData : []}
      onChange={(value) => props.onChange(value, props.fieldPathId.path)}
    />
  );
}

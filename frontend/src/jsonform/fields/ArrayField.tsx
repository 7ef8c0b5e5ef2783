/** A list: of rows, or of what was picked out of choices. */
import { type FieldProps, optionsList, type RJSFSchema } from "@rjsf/utils";
import { isObject } from "../paths";
import { List } from "./List";
import { RawField } from "./RawField";

export function ArrayField(props: FieldProps) {
  const { schema, uiSchema, registry, formData } = props;
  const { schemaUtils, widgets } = registry;
  const items = isObject(schema.items) ? schemaUtils.retrieveSchema(schema.items as RJSFSchema) : undefined;
  const chosen = uiSchema?.["ui:widget"] ?? (schemaUtils.isMultiSelect(schema) ? "checkboxes" : undefined);
  const Widget = typeof chosen === "string" ? widgets[chosen] : undefined;
  if (!items) return <RawField {...props} />;
  if (!Widget) return <List {...props} items={items} />;
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

/** The values of an object: those its schema names, and where it allows others, pairs of a name and a value. */
import { ADDITIONAL_PROPERTY_FLAG, type FieldProps, type RJSFSchema } from "@rjsf/utils";
import { memo } from "react";
import { isObject } from "../../json";
import { branch, type Errors, NONE } from "../errors";
import { useFieldId } from "../ids";
import { Node } from "./Node";
import { Pairs } from "./Pairs";

export function ObjectField(props: FieldProps) {
  const { schema, formData, registry, errorSchema } = props;
  const parent = props.childFieldPathId ?? props.fieldPathId;
  const data = isObject(formData) ? formData : {};
  const properties = Object.entries(schema.properties ?? {}).filter(
    (entry): entry is [string, RJSFSchema] => isObject(entry[1]) && !(ADDITIONAL_PROPERTY_FLAG in entry[1]),
  );
  return (
    <>
      {properties.map(([name, property]) => (
        <Property
          key={name}
          name={name}
          schema={property}
          value={Object.hasOwn(data, name) ? data[name] : undefined}
          errors={branch(errorSchema as Errors, name)}
          required={schema.required?.includes(name) ?? false}
          {...{ parent, registry, onChange: props.onChange, onBlur: props.onBlur, onFocus: props.onFocus }}
        />
      ))}
      {schema.additionalProperties && (
        <Pairs {...props} fieldPathId={parent} known={properties.map(([name]) => name)} />
      )}
    </>
  );
}

interface PropertyProps extends Pick<FieldProps, "registry" | "onChange" | "onBlur" | "onFocus"> {
  name: string;
  schema: RJSFSchema;
  value: unknown;
  errors: Errors | undefined;
  required: boolean;
  parent: FieldProps["fieldPathId"];
  bare?: boolean;
}

export const Property = memo(function Property({ name, value, errors, parent, registry, ...props }: PropertyProps) {
  const fieldPathId = useFieldId(registry.globalFormOptions.idPrefix, parent, name);
  return <Node {...props} {...{ name, registry, fieldPathId }} formData={value} errorSchema={errors ?? NONE} />;
});

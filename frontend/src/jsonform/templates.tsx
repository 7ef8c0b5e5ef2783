/** The frames that rjsf's fields ask for. Each value's label, help and errors are in its `Row`. */
import type { MultiSchemaFieldTemplateProps, Registry } from "@rjsf/utils";
import type { ReactElement } from "react";
import { useFormContext } from "./context";
import { Row } from "./Row";

/** A choice between kinds of values, and the value of the chosen kind. */
function Kinds({ selector, optionSchemaField }: MultiSchemaFieldTemplateProps) {
  const { texts } = useFormContext();
  const select = selector as ReactElement<{ id: string }> | undefined;
  return (
    <div>
      <div className="form-row">
        <label htmlFor={select?.props.id}>{texts.kind}:</label>
        {selector}
      </div>
      {optionSchemaField}
    </div>
  );
}

function Nothing() {
  return null;
}

export const TEMPLATES = {
  FieldTemplate: Row,
  MultiSchemaFieldTemplate: Kinds,
  DescriptionFieldTemplate: Nothing,
  FieldHelpTemplate: Nothing,
  FieldErrorTemplate: Nothing,
} as unknown as Registry["templates"]; // the others belong to fields that are ours

/** The frames that rjsf's fields ask for. Each value's label, help and errors are in its `Row`. */
import type { MultiSchemaFieldTemplateProps, Registry } from "@rjsf/utils";
import { Row } from "./Row";

/** A choice between kinds of values, and the value of the chosen kind. */
function OneOf({ selector, optionSchemaField }: MultiSchemaFieldTemplateProps) {
  return (
    <div className="safelight-one-of">
      <div className="form-row">{selector}</div>
      {optionSchemaField}
    </div>
  );
}

function Nothing() {
  return null;
}

export const TEMPLATES = {
  FieldTemplate: Row,
  MultiSchemaFieldTemplate: OneOf,
  DescriptionFieldTemplate: Nothing,
  FieldHelpTemplate: Nothing,
  FieldErrorTemplate: Nothing,
} as unknown as Registry["templates"]; // the others belong to fields that are ours

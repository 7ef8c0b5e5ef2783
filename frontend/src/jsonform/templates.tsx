/** The frames that rjsf's fields ask for. Each value's label, help and errors are in its `Row`. */
import type { Registry } from "@rjsf/utils";
import { Row } from "./Row";

function Nothing() {
  return null;
}

export const TEMPLATES = {
  FieldTemplate: Row,
  DescriptionFieldTemplate: Nothing,
  FieldHelpTemplate: Nothing,
  FieldErrorTemplate: Nothing,
} as unknown as Registry["templates"]; // the others belong to fields that are ours

/** One value of the document: told by its schema, it is drawn by the field that is for it. */
import SchemaField from "@rjsf/core/lib/components/fields/SchemaField.js";
import type { FieldProps } from "@rjsf/utils";
import { memo, useMemo } from "react";
import { withKinds } from "../choices";
import type { Schema } from "../config";
import { Document } from "../Document";
import { uiSchemaOf } from "../dialect";
import { Row } from "../Row";

const RESOLVED = ["$ref", "allOf"];

/** `bare`: what it is called stands elsewhere, `title` is that. So it is for one of several kinds, which comes with rjsf's `options`. */
export const Node = memo(function Node(props: FieldProps) {
  const { schema: raw, formData, registry } = props;
  const { schemaUtils } = registry;
  const schema: Schema = useMemo(() => {
    const resolved = RESOLVED.some((keyword) => keyword in raw) ? schemaUtils.retrieveSchema(raw, formData) : raw;
    return withKinds(schemaUtils, resolved);
  }, [raw, formData, schemaUtils]);
  const isBare = Boolean(props.bare ?? props.options);
  const { title } = props;
  const uiSchema = useMemo(
    () => ({ ...uiSchemaOf(schema), ...(isBare && { "ui:bare": true }), ...(title && { "ui:title": title }) }),
    [schema, isBare, title],
  );

  if (schema.readOnly) {
    return (
      <Row
        id={props.fieldPathId.$id}
        fieldPathId={props.fieldPathId}
        label={props.name}
        schema={schema}
        uiSchema={uiSchema}
        registry={registry}
        {...(schema.description && { rawDescription: schema.description })}
        {...(schema.helpText && { rawHelp: schema.helpText })}
      >
        <div className="readonly">
          <Document schema={schema} value={formData} utils={schemaUtils} />
        </div>
      </Row>
    );
  }
  return <SchemaField {...props} schema={schema.anyOf ? schema : raw} uiSchema={uiSchema} />;
});

/** A value of one of several kinds, and which kind it is. What an editor has chosen stays chosen, whatever is typed then. */
import { type FieldProps, mergeSchemas, type RJSFSchema } from "@rjsf/utils";
import { useMemo, useState } from "react";
import { fill } from "../../texts";
import { begun, likeliest } from "../choices";
import type { Schema } from "../config";
import { useFormContext } from "../context";
import { Node } from "./Node";

export function Kinds(props: FieldProps) {
  const { schema, options, formData, registry, fieldPathId, onChange } = props;
  const utils = registry.schemaUtils;
  const { texts } = useFormContext();
  const kinds = useMemo(
    () => (options as RJSFSchema[]).map((kind) => utils.retrieveSchema(kind, formData) as Schema),
    [options, utils, formData],
  );
  const [chosen, setChosen] = useState<number>();
  const index = likeliest(utils, schema, kinds, formData, chosen);
  const kind = kinds[index];
  const drawn = useMemo(() => {
    const { type, required } = schema; // which hold of any kind
    return kind && mergeSchemas({ ...(type && { type }), ...(required && { required }) }, kind);
  }, [schema, kind]);
  const choose = (next: number) => {
    const other = kinds[next];
    if (!other) return;
    setChosen(next);
    onChange(begun(utils, other, kind, formData), fieldPathId.path);
  };
  const id = `${fieldPathId.$id}/kind`;
  return (
    <div>
      <div className="form-row">
        <label htmlFor={id}>{texts.kind}:</label>
        <select id={id} form="" value={index} onChange={(event) => choose(Number(event.currentTarget.value))}>
          {kinds.map(({ title }, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the kinds of a schema stay where they are
            <option key={place} value={place}>
              {title ?? fill(texts.kindNumber, { number: place + 1 })}
            </option>
          ))}
        </select>
      </div>
      {drawn && drawn.type !== "null" && <Node {...props} schema={drawn} />}
    </div>
  );
}

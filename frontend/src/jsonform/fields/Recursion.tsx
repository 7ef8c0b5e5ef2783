/** A value that may hold another of its own kind: drawn once it is there or wanted, or there would be no end to it. */
import { type FieldProps, isFormDataAvailable, RJSF_REF_CYCLE_KEY } from "@rjsf/utils";
import { useState } from "react";
import { fill } from "../../texts";
import { useFormContext } from "../context";
import { Icon } from "../Icon";
import { labelOf } from "../labels";
import { Node } from "./Node";

export function Recursion(props: FieldProps) {
  const { texts } = useFormContext();
  const [isWanted, setWanted] = useState(false);
  const schema = { ...props.schema };
  Reflect.deleteProperty(schema, RJSF_REF_CYCLE_KEY);
  if (isWanted || isFormDataAvailable(props.formData)) return <Node {...props} schema={schema} />;
  return (
    <p>
      <button type="button" className="safelight-add" onClick={() => setWanted(true)}>
        <Icon name="add" /> {fill(texts.addItem, { item: labelOf(schema, props.name) })}
      </button>
    </p>
  );
}

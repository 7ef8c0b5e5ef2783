/** A value of a kind that the form cannot draw: its JSON. Nothing of a document is out of reach, or lost. */
import type { FieldProps } from "@rjsf/utils";
import { useState } from "react";
import { parsed } from "../../json";
import { useFormContext } from "../context";
import { controlOf } from "../widgets/control";

export function RawField({ fieldPathId, formData, onChange, rawErrors, schema, uiSchema }: FieldProps) {
  const { texts } = useFormContext();
  const [typed, setTyped] = useState<string>();
  const isBroken = typed !== undefined && typed.trim() !== "" && parsed(typed) === undefined;
  const type = (text: string) => {
    setTyped(text);
    const value = parsed(text);
    if (value !== undefined || text.trim() === "") onChange(value, fieldPathId.path);
  };
  return (
    <>
      <textarea
        {...controlOf({ id: fieldPathId.$id, schema, uiSchema, rawErrors })}
        className="vLargeTextField"
        rows={4}
        spellCheck={false}
        value={typed ?? (formData === undefined ? "" : JSON.stringify(formData, null, 2))}
        onChange={(event) => type(event.currentTarget.value)}
        onBlur={() => isBroken || setTyped(undefined)}
      />
      {isBroken && <p role="status">{texts.notJson}</p>}
    </>
  );
}

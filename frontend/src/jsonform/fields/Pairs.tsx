/** The values of an object whose names are for the editor to say. */
import type { FieldProps, RJSFSchema } from "@rjsf/utils";
import { useState } from "react";
import { isObject } from "../../json";
import { fill } from "../../texts";
import { complete } from "../complete";
import { useFormContext } from "../context";
import { branch, type Errors } from "../errors";
import { Icon } from "../Icon";
import { Property } from "./ObjectField";
import { newRow, useRows } from "./useRows";

export function Pairs(props: FieldProps & { known: string[] }) {
  const { schema, formData, registry, errorSchema, fieldPathId, onChange, known } = props;
  const { texts } = useFormContext();
  const data = isObject(formData) ? formData : {};
  const names = Object.keys(data).filter((name) => !known.includes(name));
  const rows = useRows(names.length);
  const valueSchema = (
    isObject(schema.additionalProperties) ? schema.additionalProperties : { type: "string" }
  ) as RJSFSchema;

  const become = (entries: [string, unknown][]) => onChange(Object.fromEntries(entries), fieldPathId.path);
  const rename = (from: string, to: string) =>
    become(Object.entries(data).map(([name, value]) => [name === from ? to : name, value]));
  const remove = (name: string) => {
    rows.rearrange([...names.keys()].filter((index) => names[index] !== name));
    become(Object.entries(data).filter(([other]) => other !== name));
  };
  const add = () => {
    const taken = new Set(Object.keys(data));
    let name = texts.newName;
    for (let number = 2; taken.has(name); number++) name = `${texts.newName} ${number}`;
    const row = newRow(complete(registry.schemaUtils, valueSchema, undefined) ?? "");
    rows.rearrange([...names.keys(), row]);
    become([...Object.entries(data), [name, row.value]]);
  };

  return (
    <div className="safelight-pairs">
      {names.map((name, index) => (
        <div className="safelight-pair" key={rows.ids[index]}>
          <Name name={name} taken={(other) => Object.hasOwn(data, other)} onRename={(to) => rename(name, to)} />
          <Property
            name={name}
            schema={valueSchema}
            value={data[name]}
            errors={branch(errorSchema as Errors, name)}
            required={false}
            bare
            parent={fieldPathId}
            {...{ registry, onChange, onBlur: props.onBlur, onFocus: props.onFocus }}
          />
          <button
            type="button"
            className="safelight-icon"
            aria-label={fill(texts.removeItem, { item: name })}
            title={fill(texts.removeItem, { item: name })}
            onClick={() => remove(name)}
          >
            <Icon name="remove" />
          </button>
        </div>
      ))}
      <button type="button" className="safelight-add" onClick={add}>
        <Icon name="add" /> {texts.addPair}
      </button>
    </div>
  );
}

interface NameProps {
  name: string;
  taken: (name: string) => boolean;
  onRename: (to: string) => void;
}

/** Takes effect when it is left: half a name may be another's. */
function Name({ name, taken, onRename }: NameProps) {
  const { texts } = useFormContext();
  const [typed, setTyped] = useState<string>();
  const isTaken = typed !== undefined && typed !== name && taken(typed);
  const leave = () => {
    if (typed && typed !== name && !isTaken) onRename(typed);
    setTyped(undefined);
  };
  return (
    <input
      type="text"
      form=""
      className="vTextField safelight-pair-name"
      aria-label={texts.pairName}
      aria-invalid={isTaken || undefined}
      title={isTaken ? texts.nameTaken : undefined}
      value={typed ?? name}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={leave}
    />
  );
}

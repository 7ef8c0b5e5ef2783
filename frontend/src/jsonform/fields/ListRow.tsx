/** A row of a list. What has several values in it is a card that opens; closed, it says what it is about. */
import type { FieldProps } from "@rjsf/utils";
import { memo, useId, useMemo, useState } from "react";
import { Thumbnail } from "../../Preview";
import { fill } from "../../texts";
import type { Schema } from "../config";
import { useFormContext } from "../context";
import { uiSchemaOf } from "../dialect";
import { type Errors, isEmpty, NONE } from "../errors";
import { Icon, type IconName } from "../Icon";
import { useFieldId } from "../ids";
import { summarise } from "../labels";
import { coords } from "../paths";
import { shapeOf } from "../shapes";
import { Node } from "./Node";
import { type FileStep, RowFileContext } from "./rowFile";

export interface Act {
  move: (from: number, to: number) => void;
  copy: (index: number) => void;
  remove: (index: number) => void;
  addFiles: (files: File[]) => void;
}

interface ListRowProps extends Pick<FieldProps, "registry" | "onChange" | "onBlur" | "onFocus"> {
  id: string;
  index: number;
  schema: Schema;
  name: string;
  value: unknown;
  errors: Errors | undefined;
  parent: FieldProps["fieldPathId"];
  /** Neither moved nor removed: its place says what it is. */
  isFixed: boolean;
  isFirst: boolean;
  isLast: boolean;
  canCopy: boolean;
  startsOpen: boolean;
  step: FileStep | undefined;
  /** That was dropped, and makes this row. */
  file: File | undefined;
  act: Act;
}

export const ListRow = memo(function ListRow(props: ListRowProps) {
  const { id, index, schema, name, value, errors, parent, registry, step, file, act } = props;
  const fieldPathId = useFieldId(registry.globalFormOptions.idPrefix, parent, index);
  const place = coords(step?.key === undefined ? fieldPathId.path : [...fieldPathId.path, step.key]);
  const rowFile = useMemo(() => ({ coords: place, file, onMore: act.addFiles }), [place, file, act]);
  const body = (
    <RowFileContext value={step ? rowFile : null}>
      <Node
        {...{ name, schema, registry, fieldPathId }}
        bare
        title={name}
        formData={value}
        errorSchema={errors ?? NONE}
        required={false}
        onChange={props.onChange}
        onBlur={props.onBlur}
        onFocus={props.onFocus}
      />
    </RowFileContext>
  );
  if (shapeOf(registry.schemaUtils, schema, uiSchemaOf(schema)) === "group") return <Card {...props}>{body}</Card>;
  return (
    <li className="safelight-line" data-row={id}>
      <div data-body>{body}</div>
      <Actions {...props} />
    </li>
  );
});

function Card({ children, ...props }: ListRowProps & { children: React.ReactNode }) {
  const { id, name, schema, value, errors, registry, startsOpen, file } = props;
  const { files } = useFormContext();
  const bodyId = useId();
  const [isOpen, setOpen] = useState(startsOpen || file !== undefined || (errors !== undefined && !isEmpty(errors)));
  const [wasOpened, setOpened] = useState(isOpen);
  const [seen, setSeen] = useState(errors);
  const open = (opens: boolean) => {
    setOpen(opens);
    if (opens) setOpened(true); // and is kept, with whatever it is sending
  };
  if (errors !== seen) {
    setSeen(errors);
    if (errors && !isEmpty(errors)) open(true);
  }
  const summary = summarise(registry.schemaUtils, schema, value);
  const picture = summary.file ? files.describe(summary.file) : undefined;
  const text = summary.text || picture?.name;
  return (
    <li className="safelight-card" data-row={id}>
      <div className="safelight-card-head">
        <button type="button" aria-expanded={isOpen} aria-controls={bodyId} onClick={() => open(!isOpen)}>
          <Icon name={isOpen ? "open" : "closed"} />
          {picture && !isOpen && <Thumbnail picture={picture.thumbnail} kind={picture.kind} alt="" />}
          <span>
            {name}
            {text && <span className="safelight-quiet"> {text}</span>}
          </span>
        </button>
        <Actions {...props} />
      </div>
      <div id={bodyId} data-body hidden={!isOpen}>
        {wasOpened && children}
      </div>
    </li>
  );
}

function Actions({ index, name, isFixed, isFirst, isLast, canCopy, act }: ListRowProps) {
  const { texts } = useFormContext();
  if (isFixed) return null;
  const button = (action: IconName, text: string, does: () => void, isOff = false) => (
    <button
      type="button"
      data-act={action}
      className="safelight-icon"
      aria-label={fill(text, { item: name })}
      title={fill(text, { item: name })}
      disabled={isOff}
      onClick={does}
    >
      <Icon name={action} />
    </button>
  );
  return (
    <span className="safelight-row-actions">
      {button("up", texts.moveUp, () => act.move(index, index - 1), isFirst)}
      {button("down", texts.moveDown, () => act.move(index, index + 1), isLast)}
      {button("copy", texts.copyItem, () => act.copy(index), !canCopy)}
      {button("remove", texts.removeItem, () => act.remove(index))}
    </span>
  );
}

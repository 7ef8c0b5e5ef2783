/** The rows of a list, which can be added, moved, copied and removed. Where a row is for a file, several that are chosen or
 * dropped at once make a row each. */
import type { FieldProps } from "@rjsf/utils";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Choose } from "../../Choose";
import { fill } from "../../texts";
import { useDrop } from "../../useDrop";
import { complete } from "../complete";
import type { Schema } from "../config";
import { useFormContext } from "../context";
import { branch, type Errors } from "../errors";
import { Icon } from "../Icon";
import { labelOf } from "../labels";
import { type Act, ListRow } from "./ListRow";
import { fileStep } from "./rowFile";
import { useListFocus } from "./useListFocus";
import { type Entry, errorsInOrder, newRow, useRows } from "./useRows";

/** So many rows show what is in them from the start. */
const FEW = 3;

interface ListProps extends FieldProps {
  /** What the first rows are, which stay where they are. */
  first: readonly Schema[];
  /** What the others are; there are none if they are nothing. */
  items: Schema | undefined;
}

export function List(props: ListProps) {
  const { schema, first, items: itemSchema = {}, formData, registry, errorSchema, onChange, onBlur, onFocus } = props;
  const { config, texts } = useFormContext();
  const id = useId();
  const parent = props.childFieldPathId ?? props.fieldPathId;
  const values: unknown[] = Array.isArray(formData) ? formData : [];
  const rows = useRows(values.length);
  const focus = useListFocus();
  const files = useRef(new Map<string, File>());
  const [said, setSaid] = useState("");
  const [startsOpen] = useState(values.length <= FEW);
  const room = props.items ? Math.max(0, (schema.maxItems ?? Number.POSITIVE_INFINITY) - values.length) : 0;
  const item = labelOf(itemSchema, texts.row);
  const step = useMemo(() => fileStep(registry.schemaUtils, itemSchema), [registry, itemSchema]);

  const all: Entry[] = [...values.keys()];
  const become = (order: Entry[]) => {
    rows.rearrange(order);
    const changed = order.map((entry) => (typeof entry === "number" ? values[entry] : entry.value));
    onChange(changed, parent.path, errorsInOrder(errorSchema as Errors, order));
  };
  const blankRow = () => newRow(complete(registry.schemaUtils, itemSchema, undefined) ?? null);
  const add = () => {
    const row = blankRow();
    focus.to(row.id);
    become([...all, row]);
  };
  const addFiles = (added: File[]) => {
    const made = added.slice(0, room).map((file) => ({ ...blankRow(), file }));
    for (const { id, file } of made) files.current.set(id, file);
    if (made.length < added.length) setSaid(fill(texts.leftOut, { count: added.length - made.length }));
    become([...all, ...made]);
  };
  const act = useStable<Act>({
    addFiles,
    move: (from, to) => {
      focus.to(rows.ids[from], to > from ? "down" : "up");
      setSaid(fill(texts.moved, { place: to + 1, total: values.length }));
      become(all.toSpliced(from, 1).toSpliced(to, 0, from));
    },
    copy: (index) => {
      const row = newRow(structuredClone(values[index]));
      focus.to(row.id);
      become(all.toSpliced(index + 1, 0, row));
    },
    remove: (index) => {
      focus.to(rows.ids[index + 1] ?? rows.ids[index - 1], "remove");
      setSaid(fill(texts.rowRemoved, { total: values.length - 1 }));
      become(all.toSpliced(index, 1));
    },
  });
  const isOver = useDrop(addFiles, step && room > 0 ? focus.root : null);
  const takesSeveral = step !== undefined && room > 1;

  return (
    <div className="safelight-list" ref={focus.root} data-over={isOver || undefined}>
      <ol>
        {values.map((value, index) => {
          const row = rows.ids[index] ?? "";
          return (
            <ListRow
              key={row}
              id={row}
              schema={first[index] ?? itemSchema}
              isFixed={index < first.length}
              isFirst={index === first.length}
              name={fill(texts.rowName, { item, number: index + 1 })}
              errors={branch(errorSchema as Errors, index)}
              isLast={index === values.length - 1}
              canCopy={room > 0}
              file={files.current.get(row)}
              {...{ index, value, parent, registry, step, startsOpen, act, onChange, onBlur, onFocus }}
            />
          );
        })}
      </ol>
      <p className="safelight-list-actions">
        {props.items && (
          <button type="button" className="safelight-add" data-add disabled={room === 0} onClick={add}>
            <Icon name="add" /> {fill(texts.addItem, { item })}
          </button>
        )}
        {takesSeveral && (
          <Choose
            id={id}
            accept={config.policies[step.schema.policy ?? ""]?.accept ?? ""}
            text={texts.chooseSeveral}
            multiple
            onFiles={addFiles}
          />
        )}
        {takesSeveral && <span className="safelight-quiet safelight-drop-hint">{texts.dropSeveral}</span>}
      </p>
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </div>
  );
}

/** The same functions at all times, which do what the latest would: so that a row need not be drawn for them. */
function useStable<T extends Record<keyof T, (...given: never[]) => void>>(functions: T): T {
  const latest = useRef(functions);
  useLayoutEffect(() => {
    latest.current = functions;
  });
  const [stable] = useState(() => {
    const call =
      (name: keyof T) =>
      (...given: never[]) =>
        latest.current[name](...given);
    return Object.fromEntries(Object.keys(functions).map((name) => [name, call(name as keyof T)])) as T;
  });
  return stable;
}

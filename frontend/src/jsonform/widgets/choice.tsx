/** What is picked out of a few. */
import type { EnumOptionsType, WidgetProps } from "@rjsf/utils";
import type { KeyboardEvent } from "react";
import { useFormContext } from "../context";
import { labelId } from "../ids";
import { controlOf } from "./control";
import { shown } from "./text";

export function Checkbox(props: WidgetProps) {
  return (
    <input
      type="checkbox"
      {...controlOf(props)}
      checked={props.value === true}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
    />
  );
}

export function Select(props: WidgetProps) {
  const { texts } = useFormContext();
  const choices = choicesOf(props);
  const index = choices.findIndex(({ value }) => same(value, props.value));
  const mustChoose = index >= 0 && props.required;
  return (
    <select
      {...controlOf(props)}
      value={index}
      onChange={(event) => props.onChange(choices[Number(event.currentTarget.value)]?.value)}
    >
      {!mustChoose && <option value={-1}>{texts.noChoice}</option>}
      {choices.map(({ label }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the choices of a schema stay where they are
        <option key={place} value={place}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** Radio buttons know each other by their name, and here nothing has a name: so the arrow keys are ours to see to. */
export function Radio(props: WidgetProps) {
  const { texts } = useFormContext();
  const { "aria-describedby": described, "aria-invalid": isInvalid } = controlOf(props);
  const choices = props.required ? choicesOf(props) : [{ label: texts.notSet, value: undefined }, ...choicesOf(props)];
  const chosen = choices.findIndex(({ value }) => same(value, props.value ?? undefined));
  const go = (event: KeyboardEvent<HTMLInputElement>, index: number) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = (index + by + choices.length) % choices.length;
    props.onChange(choices[next]?.value);
    event.currentTarget.closest("[role=radiogroup]")?.querySelectorAll("input")[next]?.focus();
  };
  return (
    <div
      role="radiogroup"
      className="radiolist"
      aria-labelledby={labelId(props.id)}
      aria-describedby={described}
      aria-required={props.required || undefined}
      aria-invalid={isInvalid}
    >
      {choices.map(({ label, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the choices of a schema stay where they are
        <div key={index}>
          <label>
            <input
              type="radio"
              form=""
              tabIndex={index === Math.max(chosen, 0) ? 0 : -1}
              checked={index === chosen}
              onChange={() => props.onChange(value)}
              onKeyDown={(event) => go(event, index)}
            />{" "}
            {label}
          </label>
        </div>
      ))}
    </div>
  );
}

/** Several of a few. What was chosen when there were other choices stays, until somebody takes it away. */
export function Checkboxes(props: WidgetProps) {
  const { "aria-describedby": described } = controlOf(props);
  const values: unknown[] = Array.isArray(props.value) ? props.value : [];
  const known = choicesOf(props);
  const isIn = (list: readonly unknown[], value: unknown) => list.some((other) => same(other, value));
  const offered = known.map(({ value }) => value);
  const others = values.filter((value) => !isIn(offered, value)).map((value) => ({ label: shown(value), value }));
  const choices = [...known, ...others];
  const toggle = (value: unknown, isOn: boolean) => {
    props.onChange(
      choices.map((choice) => choice.value).filter((one) => (same(one, value) ? isOn : isIn(values, one))),
    );
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame of the admin's
    <div role="group" className="safelight-checkboxes" aria-labelledby={labelId(props.id)} aria-describedby={described}>
      {choices.map(({ label, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they stay where they are
        <label key={index}>
          <input
            type="checkbox"
            form=""
            checked={isIn(values, value)}
            onChange={(event) => toggle(value, event.currentTarget.checked)}
          />{" "}
          {label}
        </label>
      ))}
    </div>
  );
}

function choicesOf({ options }: WidgetProps): EnumOptionsType[] {
  return options.enumOptions ?? [];
}

function same(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}

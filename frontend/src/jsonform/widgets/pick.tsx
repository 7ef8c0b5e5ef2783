/** What the browser has a picker for: numbers on a scale, colours, days and times. */
import type { WidgetProps } from "@rjsf/utils";
import { useFormContext } from "../context";
import { formatMistake } from "../textFormats";
import { controlOf } from "./control";
import { shown } from "./text";

export function Range(props: WidgetProps) {
  const { texts } = useFormContext();
  const { minimum = 0, maximum = 100, multipleOf, type } = props.schema;
  const isSet = typeof props.value === "number";
  return (
    <span className="safelight-pick">
      <input
        type="range"
        {...controlOf(props)}
        min={minimum}
        max={maximum}
        step={multipleOf ?? (type === "integer" ? 1 : "any")}
        value={isSet ? props.value : minimum}
        aria-valuetext={isSet ? undefined : texts.notSet}
        onChange={(event) => props.onChange(Number(event.currentTarget.value))}
      />
      <output htmlFor={props.id}>{isSet ? props.value : texts.notSet}</output>
    </span>
  );
}

/** The colour in writing, since the browser's picker knows no "none". */
export function Color(props: WidgetProps) {
  const { texts } = useFormContext();
  const value = shown(props.value);
  const isColor = /^#[0-9a-f]{6}$/i.test(value);
  return (
    <span className="safelight-pick">
      <input
        type="text"
        className="safelight-color"
        {...controlOf(props)}
        placeholder="#8a2be2"
        value={value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
      <input
        type="color"
        form=""
        aria-label={texts.pickColor}
        data-empty={!isColor || undefined}
        value={isColor ? value : "#ffffff"}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
    </span>
  );
}

export function Day(props: WidgetProps) {
  return <Picker {...props} type="date" className="vDateField" read={(value) => value} write={(value) => value} />;
}

/** Without seconds, a browser's time has none; readers of a document expect them. */
export function Time(props: WidgetProps) {
  const write = (value: string) => (/^\d\d:\d\d$/.test(value) ? `${value}:00` : value);
  return <Picker {...props} type="time" className="vTimeField" read={(value) => value.slice(0, 8)} write={write} />;
}

/** On the page it is the editor's own time, in the document UTC. */
export function DateTime(props: WidgetProps) {
  return <Picker {...props} type="datetime-local" className="vDateTimeField" read={toLocal} write={toUtc} />;
}

interface PickerProps extends WidgetProps {
  type: "date" | "time" | "datetime-local";
  className: string;
  read: (value: string) => string;
  write: (value: string) => string;
}

/** What the picker could not show is shown as it is written. */
function Picker({ type, className, read, write, ...props }: PickerProps) {
  const value = shown(props.value);
  const readable = value && read(value);
  const canShow = !value || (readable !== "" && !formatMistake(FORMATS[type], readable));
  return (
    <input
      type={canShow ? type : "text"}
      className={className}
      {...controlOf(props)}
      value={canShow ? readable : value}
      onChange={({ currentTarget }) =>
        props.onChange(canShow && currentTarget.value ? write(currentTarget.value) : currentTarget.value)
      }
    />
  );
}

const FORMATS = { date: "date", time: "time", "datetime-local": "date-time" };

function toLocal(value: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return "";
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString();
  return local.slice(0, time.getSeconds() ? 19 : 16);
}

function toUtc(local: string): string {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? local : time.toISOString();
}

/** What is typed: words, numbers, addresses. Plain text inputs all of them, so that whatever was typed is in the document,
 * and what is wrong with it is said in our words. */
import type { WidgetProps } from "@rjsf/utils";
import { controlOf } from "./control";

interface Kind {
  className: string;
  inputMode?: "text" | "email" | "url" | "numeric" | "decimal";
  type?: "text" | "password";
  autoComplete?: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  email: { className: "vTextField", inputMode: "email" },
  uri: { className: "vURLField", inputMode: "url" },
  integer: { className: "vIntegerField", inputMode: "numeric" },
  number: { className: "vIntegerField", inputMode: "decimal" },
};
const TEXT: Kind = { className: "vTextField" };

export function Text(props: WidgetProps) {
  return <Input {...props} kind={KINDS[props.schema.format ?? ""] ?? KINDS[String(props.schema.type)] ?? TEXT} />;
}

export function Password(props: WidgetProps) {
  return <Input {...props} kind={{ className: "vTextField", type: "password", autoComplete: "new-password" }} />;
}

function Input({ kind, ...props }: WidgetProps & { kind: Kind }) {
  return (
    <input
      type="text"
      {...kind}
      {...controlOf(props)}
      placeholder={props.placeholder || undefined}
      value={shown(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

export function Textarea(props: WidgetProps) {
  return (
    <textarea
      className="vLargeTextField"
      rows={4}
      {...controlOf(props)}
      placeholder={props.placeholder || undefined}
      value={shown(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

export function Hidden() {
  return null;
}

/** A document may hold anything where a text is asked for. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

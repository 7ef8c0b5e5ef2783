/** One value of the form: what it is called, what helps, what is wrong, and the control. Django's own classes, in the order
 * of Django 6's admin. */
import type { FieldTemplateProps } from "@rjsf/utils";
import type { ReactNode } from "react";
import { ErrorList } from "./ErrorList";
import { errorsId, helpId, labelId } from "./ids";
import { labelOf } from "./labels";
import { coords } from "./paths";
import { shapeOf } from "./shapes";

type RowProps = Pick<
  FieldTemplateProps,
  "id" | "label" | "schema" | "uiSchema" | "registry" | "children" | "fieldPathId"
> &
  Partial<Pick<FieldTemplateProps, "hidden" | "required" | "rawErrors" | "rawHelp" | "rawDescription">>;

export function Row(props: RowProps) {
  const { id, schema, uiSchema, registry, rawErrors = [], required, children } = props;
  const { path } = props.fieldPathId;
  if (props.hidden) return <div hidden>{children}</div>;
  if (path.length === 0) return children;

  const shape = shapeOf(registry.schemaUtils, schema, uiSchema);
  // A row of a list and an option of a choice have their name elsewhere.
  const isNamed = !uiSchema?.["ui:bare"] && typeof path.at(-1) === "string";
  const label: string = uiSchema?.["ui:title"] ?? labelOf(schema, props.label);
  const help = [props.rawDescription, props.rawHelp].filter(Boolean).join(" ");
  const about = (
    <>
      <Help id={id} text={help} />
      <ErrorList id={errorsId(id)} errors={rawErrors} />
    </>
  );
  const place = { "data-path": coords(path), className: `form-row${rawErrors.length ? " errors" : ""}` };
  const name = `${required ? "required" : ""}${isNamed ? "" : " visually-hidden"}`.trim();

  if (shape === "group") {
    if (!isNamed) {
      return (
        <div {...place} className={`safelight-bare ${place.className}`}>
          {about}
          {children}
        </div>
      );
    }
    return (
      <fieldset
        {...place}
        className={`safelight-group ${place.className}`}
        aria-describedby={help ? helpId(id) : undefined}
      >
        <legend className={name}>{label}</legend>
        {about}
        {children}
      </fieldset>
    );
  }
  if (shape === "checkbox") {
    return (
      <div {...place}>
        <div className="checkbox-row">
          {children}
          <label className={`vCheckboxLabel ${name}`} htmlFor={id}>
            {label}
          </label>
        </div>
        {about}
      </div>
    );
  }
  return (
    <div {...place}>
      {shape === "control" ? (
        <label className={name} htmlFor={id} id={labelId(id)}>
          {label}:
        </label>
      ) : (
        <span className={`safelight-name ${name}`} id={labelId(id)}>
          {label}:
        </span>
      )}
      {about}
      {children}
    </div>
  );
}

function Help({ id, text }: { id: string; text: ReactNode }) {
  if (!text) return null;
  return (
    <div className="help" id={helpId(id)}>
      <div>{text}</div>
    </div>
  );
}

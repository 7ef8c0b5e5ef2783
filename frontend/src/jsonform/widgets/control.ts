/** What every control has: an id for its label, what is said about it, and no part in the page's own form. */
import type { RJSFSchema, UiSchema } from "@rjsf/utils";
import { errorsId, helpId } from "../ids";

interface Controlled {
  id: string;
  schema: RJSFSchema;
  uiSchema?: UiSchema | undefined;
  rawErrors?: readonly string[] | undefined;
  required?: boolean | undefined;
}

/** No name, and of no form: the page's form is not sent a thousand fields more, nor kept by the browser from being sent
 * for one that stands in a closed row. */
export function controlOf({ id, schema, uiSchema, rawErrors, required }: Controlled) {
  const said = [(schema.description || uiSchema?.["ui:help"]) && helpId(id), rawErrors?.length && errorsId(id)].filter(
    Boolean,
  );
  return {
    id,
    form: "",
    "aria-describedby": said.join(" ") || undefined,
    "aria-invalid": rawErrors?.length ? true : undefined,
    "aria-required": required || undefined,
  };
}

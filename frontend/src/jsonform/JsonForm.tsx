/** The form of one document. rjsf's fields draw it; its state is our `Store`, since rjsf's own form copies and compares the
 * whole document at each key that is pressed. */
import { type Registry, TranslatableString } from "@rjsf/utils";
import { useMemo, useSyncExternalStore } from "react";
import { Context, type FormContext } from "./context";
import { Document } from "./Document";
import { FormErrors } from "./FormErrors";
import { FIELDS } from "./fields";
import { Node } from "./fields/Node";
import { fieldId } from "./ids";
import type { Store } from "./store";
import { TEMPLATES } from "./templates";
import { WIDGETS } from "./widgets";

interface JsonFormProps {
  store: Store;
  context: FormContext;
  /** Of the element that the form stands in for. */
  id: string;
  label: string;
}

export function JsonForm({ store, context, id, label }: JsonFormProps) {
  const { document, errors } = useSyncExternalStore(store.subscribe, store.snapshot);
  const { config, texts } = context;
  const registry = useMemo((): Registry => {
    return {
      fields: FIELDS,
      widgets: WIDGETS,
      templates: TEMPLATES,
      rootSchema: config.schema,
      schemaUtils: store.utils,
      formContext: {},
      translateString: (text) => {
        if (text === TranslatableString.YesLabel) return texts.yes;
        if (text === TranslatableString.NoLabel) return texts.no;
        return text;
      },
      globalFormOptions: { idPrefix: id, idSeparator: "/", experimental_componentUpdateStrategy: "shallow" },
    };
  }, [config, texts, store, id]);
  const root = useMemo(() => fieldId(id, []), [id]);

  return (
    <Context value={context}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame of the admin's */}
      <div className="safelight-form" role="group" aria-label={label}>
        {config.readonly ? (
          <Document schema={config.schema} value={document} utils={store.utils} />
        ) : (
          <>
            <FormErrors errors={errors} />
            <Node
              name=""
              schema={config.schema}
              formData={document}
              errorSchema={errors}
              fieldPathId={root}
              registry={registry}
              onChange={store.change}
              onBlur={ignore}
              onFocus={ignore}
            />
          </>
        )}
      </div>
    </Context>
  );
}

function ignore(): void {}

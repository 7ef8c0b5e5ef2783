/** A form of react-jsonschema-form with a file in it. */
import Form from "@rjsf/core";
import type { RJSFSchema } from "@rjsf/utils";
import validator from "@rjsf/validator-ajv8";
import { Client } from "@safelight/react";
import { fileWidgets } from "@safelight/react/rjsf";
import german from "@safelight/react/texts/de";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import "@safelight/react/style.css";

const TEXTS = location.hash === "#de" ? german : {};
const IS_READONLY = location.hash === "#readonly";
const KNOWN = { "avatars/known.jpg": { filename: "ada.jpg", url: "/media/avatars/known.jpg", size: 640_000 } };
const WIDGETS = fileWidgets(new Client({ url: "/files/", texts: TEXTS }), { texts: TEXTS, files: KNOWN });
const SCHEMA: RJSFSchema = {
  type: "object",
  required: ["picture"],
  properties: {
    name: { type: "string", title: "Name" },
    picture: { type: "string", format: "file-url", title: "Portrait" },
  },
};

function Page() {
  const [saved, setSaved] = useState("");
  return (
    <>
      <Form
        schema={SCHEMA}
        readonly={IS_READONLY}
        {...(IS_READONLY && { initialFormData: { picture: "avatars/known.jpg" } })}
        uiSchema={{ picture: { "ui:options": { accept: "image/*", hint: "Up to 2 MB" } } }}
        validator={validator}
        widgets={WIDGETS}
        onSubmit={({ formData }) => setSaved(JSON.stringify(formData))}
      />
      <output>{saved}</output>
    </>
  );
}

const place = document.getElementById("page");
if (place) createRoot(place).render(<Page />);

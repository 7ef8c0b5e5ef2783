/** A file of the document: stored by the handler (`file-url`), or in the document itself (`data-url`). */
import type { FieldProps } from "@rjsf/utils";
import { useContext, useId, useMemo, useRef, useState } from "react";
import { factsIn } from "../../answer";
import { FileInput } from "../../FileInput";
import { Library } from "../../Library";
import type { UploadOptions } from "../../upload";
import type { Schema } from "../config";
import { useFormContext } from "../context";
import { readDataUrl } from "../dataUrl";
import { ErrorList } from "../ErrorList";
import { Handler } from "../handler";
import { labelId } from "../ids";
import { labelOf } from "../labels";
import { libraryAt } from "../library";
import { coords } from "../paths";
import { RowFileContext } from "./rowFile";

export function FileField({ schema: asked, formData, fieldPathId, name, onChange }: FieldProps) {
  const schema: Schema = asked;
  const { config, texts, files, uploads, document } = useFormContext();
  const row = useContext(RowFileContext);
  const rowFile = row?.coords === coords(fieldPathId.path) ? row : undefined;
  const [preset] = useState(rowFile?.file && { file: rowFile.file }); // once, whatever becomes of the row
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  const url = schema.handler ?? config.handler;
  const handler = useMemo(() => (url ? new Handler(url, config) : undefined), [url, config]);
  const isInline = schema.format === "data-url";
  const isPlain = schema.widget === "fileinput";
  const policy = config.policies[schema.policy ?? ""] ?? {};
  const value = typeof formData === "string" && formData ? formData : undefined;
  const takesPictures = !policy.accept || policy.accept.includes("image/");
  const change = (next: string) => onChange(next, fieldPathId.path);

  if (!isInline && !handler) return <ErrorList id={id} errors={[texts.noHandler]} />;

  const send = async (file: File, options: UploadOptions) => {
    const upload = handler && !isInline ? handler.at(fieldPathId.path).upload(file, options) : readDataUrl(file, texts);
    return uploads.run(upload, () => root.current?.querySelector<HTMLElement>("button, input")?.focus());
  };
  const words = { ...texts, choose: texts.chooseFile, chooseAnother: texts.replaceFile, dropHere: texts.dropFile };
  return (
    <div ref={root}>
      <FileInput
        send={send}
        label={labelOf(schema, name)}
        labelledBy={labelId(fieldPathId.$id)}
        texts={{ ...words, stored: isInline ? texts.taken : texts.uploaded }}
        hint={policy.hint}
        accept={policy.accept ?? ""}
        maxBytes={policy.max_bytes}
        preset={preset}
        current={value ? files.describe(value) : undefined}
        camera={takesPictures && !isPlain}
        drop={isPlain ? "none" : "input"}
        onMore={rowFile?.onMore}
        onClear={() => change("")}
        onStored={({ body: { value, ...facts } }, file) => {
          if (handler && !isInline) {
            uploads.note(value, handler);
            files.learnSent(value, file, facts);
          }
          change(value);
        }}
        library={
          handler && !isInline && !isPlain
            ? (close) => (
                <Library
                  source={libraryAt(fieldPathId.path, handler, document)}
                  texts={texts}
                  onClose={close}
                  onChoose={(item) => {
                    files.learn(item.value, factsIn(item));
                    change(item.value);
                    close();
                  }}
                />
              )
            : undefined
        }
      />
    </div>
  );
}

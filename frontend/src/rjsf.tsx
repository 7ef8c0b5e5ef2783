/** Files in forms of react-jsonschema-form: strings whose format is `file-url`, which hold what a file handler says.
 *
 *     const WIDGETS = fileWidgets(new Client({ url: "/files/" }));
 *     <Form schema={schema} validator={validator} widgets={WIDGETS} />
 */
import type { RegistryWidgetsType, WidgetProps } from "@rjsf/utils";
import type { FileFacts } from "./answer";
import type { Client } from "./client";
import { FileInput } from "./FileInput";
import { Files } from "./files";
import { Library } from "./Library";
import { Stored } from "./Preview";
import { ENGLISH, type Texts } from "./texts";

export interface FileWidgetsOptions {
  /** What is known of the files that a document names already, by what it holds. */
  files?: Readonly<Record<string, FileFacts>>;
  texts?: Partial<Texts>;
}

/** In `ui:options`, each as `FileInput` has it. */
interface FileOptions {
  accept?: string;
  maxBytes?: number;
  hint?: string;
  crop?: boolean | number;
  camera?: boolean;
  /** Without the files that were uploaded before, if false. */
  library?: boolean;
}

/** For the `widgets` of an rjsf form. To be made once, not at each render: React would take it for other widgets. */
export function fileWidgets(client: Client, { files, texts }: FileWidgetsOptions = {}): RegistryWidgetsType {
  const shared = { client, files: new Files(files), texts: { ...ENGLISH, ...texts } };
  return { "file-url": (props: WidgetProps) => <FileWidget {...props} shared={shared} /> };
}

interface FileWidgetProps extends WidgetProps {
  shared: { client: Client; files: Files; texts: Texts };
}

function FileWidget({ id, label, value, disabled, readonly, onChange, shared, ...props }: FileWidgetProps) {
  const { client, files, texts } = shared;
  const options = props.options as FileOptions;
  const current = typeof value === "string" && value ? files.describe(value) : undefined;
  if (disabled || readonly) return current ? <Stored file={current} texts={texts} /> : <p>{texts.empty}</p>;
  const words = { choose: texts.chooseFile, chooseAnother: texts.replaceFile, dropHere: texts.dropFile };
  return (
    <FileInput
      send={client.upload}
      label={label}
      inputId={id}
      texts={{ ...texts, ...words, stored: texts.uploaded }}
      hint={options.hint}
      accept={options.accept ?? ""}
      maxBytes={options.maxBytes}
      crop={options.crop ?? false}
      camera={options.camera ?? false}
      current={current}
      drop="input"
      onStored={({ body: { value: stored, ...facts } }, file) => {
        files.learnSent(stored, file, facts);
        onChange(stored);
      }}
      onClear={() => onChange(props.options.emptyValue)}
      library={
        options.library === false
          ? undefined
          : (close) => (
              <Library
                source={client}
                texts={texts}
                onClose={close}
                onChoose={({ value: chosen, metadata: _, ...facts }) => {
                  files.learn(chosen, facts);
                  onChange(chosen);
                  close();
                }}
              />
            )
      }
    />
  );
}

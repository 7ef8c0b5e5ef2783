/** A file input that shows what it is doing: choose, drop, paste or photograph; crop; progress with cancel; and if the
 * server refuses the file, its reason, in words, beside the input. */
import { lazy, type ReactNode, Suspense, useEffect, useId, useState } from "react";
import { Refusal } from "./answer";
import { Camera, Choose } from "./Choose";
import { Controls, mayRetry } from "./Controls";
import { loadLibrary } from "./Library";
import { Chosen, type Current, Stored } from "./Preview";
import { part } from "./part";
import { size } from "./size";
import { ENGLISH, fill, type Texts } from "./texts";
import type { Send } from "./upload";
import { useDrop } from "./useDrop";
import { useKeptFocus } from "./useKeptFocus";
import { type Events, type State, useUpload } from "./useUpload";

const loadCrop = () => import("./CropDialog");
const loadCamera = () => import("./CameraDialog");
const CropDialog = lazy(loadCrop);
const CameraDialog = lazy(loadCamera);

export interface FileInputProps<Body = unknown> extends Events<Body> {
  /** Sends the file: `uploadTo` somewhere, a `Client`'s `upload`, or a function of your own. */
  send: Send<Body>;
  /** What is asked for, as a person would say it. */
  label: string;
  /** The element that says it already: there is no second label then. */
  labelledBy?: string | undefined;
  /** For a label elsewhere (`<label for>`) that says it already: likewise. */
  inputId?: string | undefined;
  /** What is accepted, in words. */
  hint?: string | undefined;
  /** Media types, as in the accept attribute of an input. The server decides; this only helps to choose. */
  accept?: string | undefined;
  /** Larger files are refused before they are sent. */
  maxBytes?: number | undefined;
  /** Offer to cut a part out: of any shape, or of this ratio of width to height. */
  crop?: boolean | number;
  /** Open that dialogue as soon as a file is chosen. */
  cropFirst?: boolean;
  /** Offer the camera. */
  camera?: boolean;
  /** Ask before sending what was chosen. Whoever may crop is asked in any case. */
  confirm?: boolean;
  /** In another language; see `Texts`. */
  texts?: Partial<Texts>;
  /** A file that somebody else chose: a sample, a test, a drop beside this input. Sent at once. */
  preset?: { file: File } | undefined;
  /** What stands here already. It is replaced by nothing but a file that was accepted. */
  current?: Current | undefined;
  /** Offers to take away what stands here. */
  onClear?: (() => void) | undefined;
  /** Offers what was uploaded before: a `Library` that calls the function when it is done. */
  library?: ((close: () => void) => ReactNode) | undefined;
  /** Takes the second and every further file of a choice or drop. */
  onMore?: ((files: File[]) => void) | undefined;
  /** Where files may be dropped and pasted: on the page, or, as one of many inputs, on this one; or nowhere. */
  drop?: "page" | "input" | "none";
}

type Open = "crop" | "camera" | "library" | null;

export function FileInput<Body = unknown>(props: FileInputProps<Body>) {
  const { label, hint, accept = "image/*", maxBytes, crop = false, camera = false, current, drop = "page" } = props;
  const texts = { ...ENGLISH, ...props.texts };
  const uploading = useUpload<Body>((file, options) => props.send(file, { ...options, texts }), props);
  const { state } = uploading;
  const [open, setOpen] = useState<Open>(null);
  const [trouble, setTrouble] = useState("");
  const [wasCleared, setCleared] = useState(false);
  const id = useId();
  const root = useKeptFocus(`${state.kind} ${Boolean(current)}`);

  const take = ([file, ...more]: File[], isPart = false) => {
    if (!file || state.kind === "sending") return;
    setOpen(null);
    setTrouble("");
    setCleared(false);
    if (maxBytes && file.size > maxBytes) {
      uploading.refuse(file, new Refusal("too_large", fill(texts.tooLarge, { limit: size(maxBytes, texts.language) })));
    } else if (props.confirm || crop) {
      uploading.choose(file);
      if (crop && props.cropFirst && !isPart) show("crop", loadCrop);
    } else uploading.send(file);
    if (more.length) props.onMore?.(more);
  };
  const isOver = useDrop(take, drop === "page" ? undefined : drop === "input" ? root : null);
  const { preset } = props;
  const { send } = uploading;
  useEffect(() => {
    if (preset) send(preset.file);
  }, [preset, send]);

  const clear = () => {
    uploading.reset();
    setTrouble("");
    setCleared(true);
    props.onClear?.();
  };
  // A dialogue whose code does not come must not take the whole page with it.
  const show = async (dialog: NonNullable<Open>, load: () => Promise<unknown>) => {
    setTrouble("");
    try {
      await part(load, texts);
      setOpen(dialog);
    } catch (error) {
      setTrouble((error as Refusal).message);
    }
  };
  const openLibrary = () => {
    uploading.reset();
    setCleared(false);
    show("library", loadLibrary);
  };

  const isEmpty = state.kind === "empty" && !current;
  const showsCurrent = current && state.kind !== "sending" && state.kind !== "chosen";
  const isRow = props.labelledBy !== undefined || props.inputId !== undefined;
  // In a form, what was refused must not look as if it were there.
  const file = state.kind === "empty" || (isRow && state.kind === "refused") ? undefined : state.file;
  return (
    <section
      ref={root}
      className="safelight-input"
      role={isRow ? "group" : undefined}
      aria-labelledby={props.labelledBy ?? (isRow ? undefined : `${id}-label`)}
      aria-label={props.labelledBy === undefined && isRow ? label : undefined}
      data-state={isEmpty || !current ? state.kind : "current"}
      data-over={isOver || undefined}
      tabIndex={drop === "input" ? -1 : undefined} // so that a click on it says where to paste
    >
      {!isRow && (
        <p className="safelight-label" id={`${id}-label`}>
          {label}
        </p>
      )}
      {showsCurrent ? (
        <Stored file={current} texts={texts} />
      ) : (
        file && <Chosen key={state.kind === "stored" ? "stored" : "chosen"} file={file} texts={texts} />
      )}
      <Controls uploading={uploading} texts={texts} canCrop={Boolean(crop)} onCrop={() => show("crop", loadCrop)}>
        <Choose
          id={id}
          inputId={props.inputId}
          accept={accept}
          text={isEmpty ? texts.choose : texts.chooseAnother}
          primary={!isRow && state.kind !== "chosen" && !mayRetry(state)}
          multiple={props.onMore !== undefined}
          onFiles={(files) => take(files)}
        />
        {props.library && state.kind !== "chosen" && (
          <button type="button" onClick={openLibrary}>
            {texts.chooseFromLibrary}
          </button>
        )}
        {camera && state.kind !== "chosen" && (
          <Camera
            id={id}
            accept={accept}
            texts={texts}
            onFiles={(files) => take(files)}
            onOpen={() => show("camera", loadCamera)}
          />
        )}
        {showsCurrent && props.onClear && (
          <button type="button" className="safelight-clear" onClick={clear}>
            {texts.clear}
          </button>
        )}
      </Controls>
      {isEmpty && drop !== "none" && <p className="safelight-quiet safelight-drop-hint">{texts.dropHere}</p>}
      {state.kind === "sending" && <progress max={1} value={state.fraction} aria-label={texts.progress} />}
      <p
        id={`${id}-message`}
        className="safelight-message"
        role="status"
        data-bad={state.kind === "refused" || trouble !== "" || undefined}
      >
        {trouble || (isEmpty && wasCleared ? texts.cleared : message(state, texts))}
      </p>
      {hint && (
        <p className="safelight-quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <Suspense fallback={null}>
        {open === "camera" && (
          <CameraDialog texts={texts} onPicture={(picture) => take([picture])} onClose={() => setOpen(null)} />
        )}
        {open === "crop" && file && (
          <CropDialog
            file={file}
            aspect={typeof crop === "number" ? crop : undefined}
            texts={texts}
            onCrop={(part) => take([part], true)}
            onClose={() => setOpen(null)}
          />
        )}
        {open === "library" && props.library?.(() => setOpen(null))}
      </Suspense>
    </section>
  );
}

function message(state: State, texts: Texts): string {
  switch (state.kind) {
    case "empty":
      return state.cancelled ? texts.cancelled : "";
    case "chosen":
      return "";
    case "sending":
      return state.fraction < 1 ? fill(texts.sending, { name: state.file.name }) : texts.checking;
    case "stored":
      return fill(texts.stored, { name: state.file.name });
    case "refused":
      return state.refusal.message;
  }
}

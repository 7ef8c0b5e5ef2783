/** A file input that shows what it is doing: choose, drop, paste or photograph; crop; progress with cancel; and if the
 * server refuses the file, its reason, in words, beside the input. */
import { lazy, type ReactNode, Suspense, useEffect, useId, useState } from "react";
import { ENGLISH, megabytes, type Texts } from "./texts";
import { Refusal } from "./upload";
import { useDrop } from "./useDrop";
import { useKeptFocus } from "./useKeptFocus";
import { useObjectUrl } from "./useObjectUrl";
import { type Events, type Send, type State, type Uploading, useUpload } from "./useUpload";

const CropDialog = lazy(() => import("./CropDialog"));
const CameraDialog = lazy(() => import("./CameraDialog"));

export interface FileInputProps extends Events {
  /** Sends the file; see `upload`. */
  send: Send;
  /** What is asked for, as a person would say it. */
  label: string;
  /** What is accepted, in words. */
  hint?: string;
  /** Media types, as in the accept attribute of an input. The server decides; this only helps to choose. */
  accept?: string;
  /** Larger files are refused before they are sent. */
  maxBytes?: number | undefined;
  /** Offer to cut a part out: of any shape, or of this ratio of width to height. */
  crop?: boolean | number;
  /** Offer the camera. */
  camera?: boolean;
  /** Ask before sending what was chosen. Whoever may crop is asked in any case. */
  confirm?: boolean;
  texts?: Partial<Texts>;
  /** A file that somebody else chose: a sample, a test. Sent at once. */
  preset?: { file: File } | undefined;
}

type Open = "crop" | "camera" | null;

export function FileInput(props: FileInputProps) {
  const { label, hint, accept = "image/*", maxBytes, crop = false, camera = false } = props;
  const texts = { ...ENGLISH, ...props.texts };
  const uploading = useUpload(props.send, props);
  const { state } = uploading;
  const [open, setOpen] = useState<Open>(null);
  const id = useId();

  const take = (file: File | undefined) => {
    if (!file || state.kind === "sending") return;
    setOpen(null);
    if (maxBytes && file.size > maxBytes) {
      uploading.refuse(file, new Refusal("too_large", texts.tooLarge(megabytes(maxBytes))));
    } else if (props.confirm || crop) uploading.choose(file);
    else uploading.send(file);
  };
  const isOver = useDrop(take);
  const { preset } = props;
  const { send } = uploading;
  useEffect(() => {
    if (preset) send(preset.file);
  }, [preset, send]);
  const root = useKeptFocus(state.kind);

  const file = state.kind === "empty" ? undefined : state.file;
  const said = message(uploading, texts);
  return (
    <section
      ref={root}
      className="safelight-input"
      aria-labelledby={`${id}-label`}
      data-state={state.kind}
      data-over={isOver || undefined}
    >
      <p className="safelight-label" id={`${id}-label`}>
        {label}
      </p>
      {file && <Chosen key={state.kind === "stored" ? "stored" : "chosen"} file={file} texts={texts} />}
      <Controls uploading={uploading} texts={texts} canCrop={Boolean(crop)} onCrop={() => setOpen("crop")}>
        <Choose
          id={id}
          accept={accept}
          text={state.kind === "empty" ? texts.choose : texts.chooseAnother}
          primary={state.kind !== "chosen" && !mayRetry(state)}
          onFile={take}
        />
        {camera && state.kind !== "chosen" && (
          <Camera id={id} accept={accept} texts={texts} onFile={take} onOpen={() => setOpen("camera")} />
        )}
      </Controls>
      {state.kind === "empty" && <p className="safelight-quiet safelight-drop-hint">{texts.dropHere}</p>}
      {state.kind === "sending" && <progress max={1} value={state.fraction} aria-label={texts.progress} />}
      <p
        id={`${id}-message`}
        className="safelight-message"
        role="status"
        data-bad={state.kind === "refused" || undefined}
      >
        {said}
      </p>
      {hint && (
        <p className="safelight-quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <Suspense fallback={null}>
        {open === "camera" && <CameraDialog texts={texts} onPicture={take} onClose={() => setOpen(null)} />}
        {open === "crop" && file && (
          <CropDialog
            file={file}
            aspect={typeof crop === "number" ? crop : undefined}
            texts={texts}
            onCrop={take}
            onClose={() => setOpen(null)}
          />
        )}
      </Suspense>
    </section>
  );
}

function message({ state }: Uploading, texts: Texts): string {
  switch (state.kind) {
    case "empty":
      return state.cancelled ? texts.cancelled : "";
    case "chosen":
      return "";
    case "sending":
      return state.fraction < 1 ? texts.sending(state.file.name) : texts.checking;
    case "stored":
      return texts.stored(state.file.name);
    case "refused":
      return state.refusal.message;
  }
}

function Chosen({ file, texts }: { file: File; texts: Texts }) {
  const url = useObjectUrl(file);
  const [broken, setBroken] = useState<string>();
  return (
    <figure className="safelight-chosen">
      {url && url !== broken ? (
        <img src={url} alt={texts.preview(file.name)} onError={() => setBroken(url)} />
      ) : (
        <span className="safelight-no-preview" aria-hidden="true" />
      )}
      <figcaption>
        <bdi>{file.name}</bdi> <span className="safelight-quiet">{megabytes(file.size)}</span>
      </figcaption>
    </figure>
  );
}

interface ControlsProps {
  uploading: Uploading;
  texts: Texts;
  canCrop: boolean;
  onCrop: () => void;
  children: ReactNode;
}

function Controls({ uploading, texts, canCrop, onCrop, children }: ControlsProps) {
  const { state, send, cancel } = uploading;
  if (state.kind === "sending") {
    return (
      <p className="safelight-actions">
        <button type="button" data-focus onClick={cancel}>
          {texts.cancel}
        </button>
      </p>
    );
  }
  return (
    <p className="safelight-actions">
      {state.kind === "chosen" && (
        <button type="button" className="safelight-primary" data-focus onClick={() => send(state.file)}>
          {texts.send}
        </button>
      )}
      {mayRetry(state) && (
        <button type="button" className="safelight-primary" data-focus onClick={() => send(state.file)}>
          {texts.retry}
        </button>
      )}
      {state.kind === "chosen" && canCrop && (
        <button type="button" onClick={onCrop}>
          {texts.crop}
        </button>
      )}
      {children}
    </p>
  );
}

/** Whether the same file may be accepted the next time: the line was down, or the server busy. What was refused for what
 * it is will be refused again. */
function mayRetry(state: State): state is State & { kind: "refused" } {
  if (state.kind !== "refused") return false;
  const { code, answer } = state.refusal;
  return code === "network" || (answer !== undefined && answer.status >= 429);
}

interface ChooseProps {
  id: string;
  accept: string;
  text: string;
  primary?: boolean;
  /** Opens the camera of a phone. */
  capture?: boolean;
  onFile: (file: File | undefined) => void;
}

/** The browser's own input, which keyboards and screen readers know, behind a label that looks like a button. */
function Choose({ id, accept, text, primary = false, capture = false, onFile }: ChooseProps) {
  return (
    <label className={primary ? "safelight-button safelight-primary" : "safelight-button"}>
      <input
        type="file"
        accept={accept}
        {...(capture && { capture: "environment" as const })}
        aria-describedby={`${id}-message ${id}-hint`}
        data-focus={!capture || undefined}
        onChange={(event) => {
          onFile(event.currentTarget.files?.[0]);
          event.currentTarget.value = ""; // the same file may be chosen again
        }}
      />
      {text}
    </label>
  );
}

interface CameraProps {
  id: string;
  accept: string;
  texts: Texts;
  onFile: (file: File | undefined) => void;
  onOpen: () => void;
}

function Camera({ id, accept, texts, onFile, onOpen }: CameraProps) {
  if (matchMedia("(pointer: coarse)").matches) {
    return <Choose id={id} accept={accept} text={texts.takePicture} capture onFile={onFile} />;
  }
  if (!navigator.mediaDevices) return null; // not a secure context
  return (
    <button type="button" onClick={onOpen}>
      {texts.takePicture}
    </button>
  );
}

/** The two ways to a file that a file input always has: the browser's own chooser, and the camera. */
import type { Texts } from "./texts";

interface ChooseProps {
  id: string;
  inputId?: string | undefined;
  accept: string;
  text: string;
  primary?: boolean;
  /** Opens the camera of a phone. */
  capture?: boolean;
  multiple?: boolean;
  onFiles: (files: File[]) => void;
}

/** The browser's own input, which keyboards and screen readers know, behind a label that looks like a button. It has no
 * name and belongs to no form: what it chose is sent by script alone. */
export function Choose(props: ChooseProps) {
  const { id, inputId, accept, text, primary = false, capture = false, multiple = false, onFiles } = props;
  return (
    <label className={primary ? "safelight-button safelight-primary" : "safelight-button"}>
      <input
        type="file"
        id={inputId}
        form=""
        accept={accept}
        multiple={multiple}
        {...(capture && { capture: "environment" as const })}
        aria-describedby={`${id}-message ${id}-hint`}
        data-focus={!capture || undefined}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
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
  onFiles: (files: File[]) => void;
  onOpen: () => void;
}

export function Camera({ id, accept, texts, onFiles, onOpen }: CameraProps) {
  if (matchMedia("(pointer: coarse)").matches) {
    return <Choose id={id} accept={accept} text={texts.takePicture} capture onFiles={onFiles} />;
  }
  if (!navigator.mediaDevices) return null; // not a secure context
  return (
    <button type="button" onClick={onOpen}>
      {texts.takePicture}
    </button>
  );
}

/** The buttons of a file input, of which each state has its own. */
import type { ReactNode } from "react";
import type { Texts } from "./texts";
import type { State, Uploading } from "./useUpload";

interface ControlsProps {
  uploading: Uploading;
  texts: Texts;
  canCrop: boolean;
  onCrop: () => void;
  children: ReactNode;
}

export function Controls({ uploading, texts, canCrop, onCrop, children }: ControlsProps) {
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

/** Whether the same file may be accepted the next time: the line was down, the server busy, or nobody logged in. What was
 * refused for what it is will be refused again. */
export function mayRetry(state: State): state is State & { kind: "refused" } {
  if (state.kind !== "refused") return false;
  const { code, answer } = state.refusal;
  if (["network", "session", "idempotency_in_progress"].includes(code)) return true;
  return answer !== undefined && (answer.status === 401 || answer.status >= 429);
}

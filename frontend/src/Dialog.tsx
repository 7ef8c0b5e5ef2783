/** A modal dialogue: the browser's own, which keeps the focus inside, gives it back, and closes on Escape. */
import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef } from "react";

interface DialogProps {
  title: string;
  hint?: string;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, hint, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Not a control: the first one may only come when a picture or camera is there.
    element?.querySelector("h2")?.focus();
    return () => element?.close();
  }, []);
  // Not the echo of a closing that was undone (React's strict mode opens everything twice).
  const closed = (event: SyntheticEvent<HTMLDialogElement>) => event.currentTarget.open || onClose();
  return (
    <dialog ref={dialog} className="safelight-dialog" aria-labelledby={`${id}-title`} onClose={closed}>
      <h2 id={`${id}-title`} tabIndex={-1}>
        {title}
      </h2>
      {hint && <p className="safelight-quiet">{hint}</p>}
      {children}
    </dialog>
  );
}

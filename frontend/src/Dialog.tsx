/** A modal dialogue: the browser's own, which keeps the focus inside, gives it back, and closes on Escape. */
import { type ReactNode, type SyntheticEvent, useId, useLayoutEffect, useRef } from "react";

interface DialogProps {
  title: string;
  hint?: string;
  className?: string;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, hint, className = "", onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Not an effect: those end after the element has left the page, too late to give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Not a control: the first one may only come when a picture or camera is there.
    element?.querySelector("h2")?.focus();
    return () => element?.close();
  }, []);
  // Not one of a dialogue that was opened from this one, which React hands on; nor the echo of a closing that was undone
  // (its strict mode opens everything twice).
  const closed = (event: SyntheticEvent<HTMLDialogElement>) =>
    event.target === event.currentTarget && !event.currentTarget.open && onClose();
  return (
    <dialog ref={dialog} className={`safelight-dialog ${className}`} aria-labelledby={`${id}-title`} onClose={closed}>
      <h2 id={`${id}-title`} tabIndex={-1}>
        {title}
      </h2>
      {hint && <p className="safelight-quiet">{hint}</p>}
      {children}
    </dialog>
  );
}

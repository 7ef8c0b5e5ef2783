/** Files that are dropped or pasted: anywhere on the page, where one that misses the frame must not replace the page; or
 * into one of many inputs alone. */
import { type RefObject, useEffect, useEffectEvent, useState } from "react";

/** Calls `onFiles` with what was dropped on `within` (or else on the page), or pasted while the focus is there; true
 * while something that can be dropped hovers over it. */
export function useDrop(onFiles: (files: File[]) => void, within?: RefObject<HTMLElement | null> | null): boolean {
  const [isOver, setOver] = useState(false);
  const take = useEffectEvent(onFiles);

  useEffect(() => {
    const target = within === undefined ? document : within?.current;
    if (!target) return;
    let depth = 0; // of the elements that were entered and not left
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (hasFiles(event)) setOver(++depth > 0);
    };
    const leave = (event: DragEvent) => {
      if (hasFiles(event)) setOver(--depth > 0);
    };
    const over = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!hasFiles(event) || event.defaultPrevented) return; // an input within this one took it
      event.preventDefault();
      take([...(event.dataTransfer?.files ?? [])]);
    };
    const paste = (event: ClipboardEvent) => {
      // Spreadsheets copy a picture along with their text: in a text field, the text is meant.
      const at = event.target instanceof Element ? event.target : null;
      if (at?.closest("input:not([type=file]), textarea, [contenteditable]")) return;
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length || event.defaultPrevented) return;
      event.preventDefault();
      take(files);
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop, paste };
    for (const [name, listener] of Object.entries(listeners)) target.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        target.removeEventListener(name, listener as EventListener);
      }
    };
  }, [within]);
  return isOver;
}

/** Files that are dropped anywhere on the page, or pasted: one that misses the frame must not replace the page. */
import { useEffect, useEffectEvent, useState } from "react";

/** Calls `onFile` with the first file; true while something that can be dropped hovers over the page. */
export function useDrop(onFile: (file: File | undefined) => void): boolean {
  const [isOver, setOver] = useState(false);
  const take = useEffectEvent(onFile);

  useEffect(() => {
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
      if (!hasFiles(event)) return;
      depth = 0;
      setOver(false);
      if (event.defaultPrevented) return; // somebody else has taken it
      event.preventDefault();
      take(event.dataTransfer?.files[0]);
    };
    const paste = (event: ClipboardEvent) => {
      // Spreadsheets copy a picture along with their text: in a text field, the text is meant.
      const target = event.target instanceof Element ? event.target : null;
      if (event.defaultPrevented || target?.closest("input:not([type=file]), textarea, [contenteditable]")) return;
      const file = event.clipboardData?.files[0];
      if (!file) return; // text, for a text field
      event.preventDefault();
      take(file);
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop, paste };
    for (const [name, listener] of Object.entries(listeners)) {
      document.addEventListener(name, listener as EventListener);
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        document.removeEventListener(name, listener as EventListener);
      }
    };
  }, []);
  return isOver;
}

/** The focus is never lost: when the control that had it goes with a state, the next state's main control gets it. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/** For the element that holds the controls, of which the main one has `data-focus`. */
export function useKeptFocus(state: string): RefObject<HTMLElement | null> {
  const root = useRef<HTMLElement>(null);
  const inside = useRef(false);

  useEffect(() => {
    // A control that is taken away tells nobody that it loses the focus.
    const note = () => {
      inside.current = root.current?.contains(document.activeElement) ?? false;
    };
    note(); // it may have come with the focus
    // Whoever clicks beside all controls has left, without a focus going anywhere.
    const leave = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) inside.current = false;
    };
    document.addEventListener("focusin", note);
    document.addEventListener("pointerdown", leave);
    return () => {
      document.removeEventListener("focusin", note);
      document.removeEventListener("pointerdown", leave);
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the state decides which controls there are
  useLayoutEffect(() => {
    if (inside.current && document.activeElement === document.body) {
      root.current?.querySelector<HTMLElement>("[data-focus]")?.focus({ preventScroll: true });
    }
  }, [state]);
  return root;
}

/** The focus is never lost in a list: it goes along with a row that moves, and on to the next one when a row goes. */
import { type RefObject, useLayoutEffect, useRef } from "react";

const FILLED_IN = "[data-body] :is(input, textarea, select, button):enabled";

interface ListFocus {
  root: RefObject<HTMLDivElement | null>;
  /** To the row's button for the same action, or else to what there is to fill in; once it is drawn. */
  to: (row: string | undefined, action?: string) => void;
}

export function useListFocus(): ListFocus {
  const root = useRef<HTMLDivElement>(null);
  const wanted = useRef<string[]>(null);
  useLayoutEffect(() => {
    for (const selector of wanted.current ?? []) {
      const target = root.current?.querySelector<HTMLElement>(selector);
      target?.focus();
      if (target) break;
    }
    wanted.current = null;
  });
  const to = (row: string | undefined, action?: string) => {
    const within = `[data-row="${row}"]`;
    const targets = action ? [`[data-act="${action}"]:enabled`, "[data-act]:enabled"] : [FILLED_IN];
    wanted.current = [...targets.map((target) => `${within} ${target}`), ":scope > p > [data-add]"];
  };
  return { root, to };
}

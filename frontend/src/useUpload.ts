/** One file's way to the server, as states a component can draw: nothing, chosen, sending, stored or refused. */
import { useCallback, useEffect, useLayoutEffect, useReducer, useRef } from "react";
import { type Answer, Refusal } from "./answer";
import type { Send } from "./upload";

export type State<Body = unknown> =
  | { kind: "empty"; cancelled: boolean }
  | { kind: "chosen"; file: File }
  | { kind: "sending"; file: File; fraction: number }
  | { kind: "stored"; file: File; answer: Answer<Body> }
  | { kind: "refused"; file: File; refusal: Refusal };

export interface Events<Body = unknown> {
  /** It begins. */
  onSending?: ((file: File) => void) | undefined;
  /** The server has it, and says what `Body` is. */
  onStored?: ((answer: Answer<Body>, file: File) => void) | undefined;
  /** It was not stored, and why. */
  onRefused?: ((refusal: Refusal, file: File) => void) | undefined;
}

/** What a component of your own draws and calls. */
export interface Uploading<Body = unknown> {
  state: State<Body>;
  choose: (file: File) => void;
  send: (file: File) => void;
  refuse: (file: File, refusal: Refusal) => void;
  cancel: () => void;
  reset: () => void;
}

/** `send` may be another function at each render; an upload under way keeps the one it began with. */
export function useUpload<Body>(send: Send<Body>, events: Events<Body> = {}): Uploading<Body> {
  const [state, become] = useReducer((_: State<Body>, next: State<Body>) => next, { kind: "empty", cancelled: false });
  const running = useRef<AbortController>(null);
  const latest = useRef({ send, events });
  useLayoutEffect(() => {
    latest.current = { send, events };
  });

  const stop = useCallback(() => {
    running.current?.abort();
    running.current = null;
  }, []);
  useEffect(() => stop, [stop]);

  const refuse = useCallback(
    (file: File, refusal: Refusal) => {
      stop();
      become({ kind: "refused", file, refusal });
      latest.current.events.onRefused?.(refusal, file);
    },
    [stop],
  );

  const start = useCallback(
    async (file: File) => {
      stop();
      const controller = new AbortController();
      running.current = controller;
      become({ kind: "sending", file, fraction: 0 });
      latest.current.events.onSending?.(file);
      const isCurrent = () => running.current === controller;
      try {
        const answer = await latest.current.send(file, {
          signal: controller.signal,
          onProgress: ({ sent, total }) => isCurrent() && become({ kind: "sending", file, fraction: sent / total }),
        });
        if (!isCurrent()) return;
        running.current = null;
        become({ kind: "stored", file, answer });
        // Apart: what goes wrong in a listener is not the upload's fault, and is to be seen.
        queueMicrotask(() => latest.current.events.onStored?.(answer, file));
      } catch (error) {
        if (isCurrent()) refuse(file, error instanceof Refusal ? error : new Refusal("error", String(error)));
      }
    },
    [stop, refuse],
  );

  return {
    state,
    send: start,
    refuse,
    choose: useCallback(
      (file) => {
        stop();
        become({ kind: "chosen", file });
      },
      [stop],
    ),
    cancel: useCallback(() => {
      stop();
      become({ kind: "empty", cancelled: true });
    }, [stop]),
    reset: useCallback(() => {
      stop();
      become({ kind: "empty", cancelled: false });
    }, [stop]),
  };
}

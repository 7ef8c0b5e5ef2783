/** Every word that a person reads or hears. A page in another language passes its own. */

export interface Texts {
  choose: string;
  chooseAnother: string;
  takePicture: string;
  dropHere: string;
  send: string;
  crop: string;
  cancel: string;
  retry: string;
  close: string;
  progress: string;
  sending: (name: string) => string;
  checking: string;
  cancelled: string;
  stored: (name: string) => string;
  tooLarge: (limit: string) => string;
  preview: (name: string) => string;
  cropTitle: string;
  cropHint: string;
  cropUse: string;
  cropFailed: string;
  cropArea: string;
  cameraTitle: string;
  cameraShoot: string;
  cameraStarting: string;
  cameraForbidden: string;
  cameraMissing: string;
}

export const ENGLISH: Texts = {
  choose: "Choose a picture",
  chooseAnother: "Choose another",
  takePicture: "Take a picture",
  dropHere: "or drop or paste one here",
  send: "Send",
  crop: "Crop",
  cancel: "Cancel",
  retry: "Try again",
  close: "Close",
  progress: "Upload",
  sending: (name) => `Sending ${name} …`,
  checking: "Sent. The server is checking it …",
  cancelled: "Cancelled. Nothing was stored.",
  stored: (name) => `${name} is stored.`,
  tooLarge: (limit) => `This file is too large: at most ${limit} are accepted.`,
  preview: (name) => `Preview of ${name}`,
  cropTitle: "Choose the part to send",
  cropHint: "Drag the frame or its corners; with the keyboard, use Tab and the arrow keys.",
  cropUse: "Use this part",
  cropFailed: "Your browser cannot show this picture, and so cannot crop it. It can be sent as it is.",
  cropArea: "The part to send",
  cameraTitle: "Take a picture",
  cameraShoot: "Take it",
  cameraStarting: "Starting the camera …",
  cameraForbidden: "The camera may not be used. Allow it in the browser's settings, or choose a file instead.",
  cameraMissing: "No camera was found. Choose a file instead.",
};

/** A number of bytes as Safelight's own messages say it (1 MB = 1,000,000 bytes). */
export function megabytes(count: number): string {
  if (count >= 1_000_000) return `${Number((count / 1_000_000).toPrecision(3))} MB`;
  if (count >= 1_000) return `${Number((count / 1_000).toPrecision(3))} kB`;
  return `${count} bytes`;
}

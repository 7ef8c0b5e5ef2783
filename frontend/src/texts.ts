/** Every word that a person reads or hears. A page in another language passes its own; what stands in braces is put in
 * by `fill`. */

/** The file input. */
const INPUT = {
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
  sending: "Sending {name} …",
  checking: "Sent. The server is checking it …",
  cancelled: "Cancelled. Nothing was stored.",
  stored: "{name} is stored.",
  tooLarge: "This file is too large: at most {limit} are accepted.",
  preview: "Preview of {name}",
  chooseFromLibrary: "Choose from the library",
  clear: "Remove",
  cleared: "Removed.",
  unreadableFile: "The file cannot be read. Choose it once more.",
  unreadableAnswer: "The server's answer cannot be read. Try again in a moment.",
  brokenConnection: "The connection broke. Check it and try again.",
  failed: "The server answered with {status}.",
};

const CROP = {
  cropTitle: "Choose the part to send",
  cropHint: "Drag the frame or its corners; with the keyboard, use Tab and the arrow keys.",
  cropUse: "Use this part",
  cropFailed: "Your browser cannot show this picture, and so cannot crop it. It can be sent as it is.",
  cropArea: "The part to send",
};

const CAMERA = {
  cameraTitle: "Take a picture",
  cameraShoot: "Take it",
  cameraStarting: "Starting the camera …",
  cameraForbidden: "The camera may not be used. Allow it in the browser's settings, or choose a file instead.",
  cameraMissing: "No camera was found. Choose a file instead.",
};

/** The form of a JSON document. */
const FORM = {
  yes: "Yes",
  no: "No",
  kind: "Kind",
  kindNumber: "Kind {number}",
  row: "Entry",
  rowName: "{item} {number}",
  addItem: "Add {item}",
  copyItem: "Copy {item}",
  removeItem: "Remove {item}",
  moveUp: "Move {item} up",
  moveDown: "Move {item} down",
  moved: "Moved to place {place} of {total}.",
  rowRemoved: "Removed. There are {total} left.",
  chooseSeveral: "Choose several files",
  dropSeveral: "or drop them here",
  leftOut: "There is no room for {count} of these files; they were left out.",
  addPair: "Add a name and a value",
  newName: "name",
  pairName: "Name",
  nameTaken: "There is a field of this name already.",
  notJson: "This is not JSON yet; it is taken as soon as it is.",
  noChoice: "---------",
  notSet: "Not set",
  pickColor: "Pick a colour",
  suggestions: "Suggestions",
  noSuggestions: "Nothing was found.",
  searching: "Searching …",
  noHandler: "Nothing is set up here that could take a file.",
  chooseFile: "Choose a file",
  replaceFile: "Replace",
  dropFile: "or drop or paste one here",
  uploaded: "{name} is uploaded. Save the form to keep it.",
  taken: "{name} is in the form. Save it to keep the file.",
  noValue: "The server did not say where it stored the file.",
  sessionEnded: "You are no longer logged in. Log in again in another tab, then try again here.",
  waiting: "Uploads still running: {count}. The form is saved as soon as they are done.",
  stopWaiting: "Do not save",
  notSaved: "Not saved: a file was not accepted.",
  mistakes: "Not saved yet: please correct what is marked below.",
  empty: "-",
};

/** What is wrong with a document; the server's own sentences. */
const MISTAKES = {
  required: "This field is required.",
  notString: "This must be text.",
  notNumber: "This must be a number.",
  notInteger: "This must be a whole number.",
  notBoolean: "This must be yes or no.",
  notArray: "This must be a list.",
  notObject: "This must be a group of fields.",
  choice: "Choose one of these: {choices}.",
  const: "This value is fixed: {value}.",
  minLength: "Too short: {actual} characters, at least {limit} are needed.",
  maxLength: "Too long: {actual} characters, at most {limit} are allowed.",
  pattern: "This does not have the form that is asked for: {pattern}",
  minimum: "This must be {limit} or more.",
  maximum: "This must be {limit} or less.",
  exclusiveMinimum: "This must be more than {limit}.",
  exclusiveMaximum: "This must be less than {limit}.",
  multipleOf: "This must be a multiple of {step}.",
  minItems: "Too few entries: {actual}, at least {limit} are needed.",
  maxItems: "Too many entries: {actual}, at most {limit} are allowed.",
  uniqueItems: "The same entry stands above already.",
  badEmail: "Write an email address, such as name@example.com.",
  badDate: "Write a date, such as 2026-11-20.",
  badTime: "Write a time, such as 16:30.",
  badDateTime: "Write a date and time, such as 2026-11-20T16:30:00Z.",
  badUri: "Write a whole address, such as https://example.com/.",
  badColor: "Choose a colour, such as #8a2be2.",
  invalid: "This value is not valid.",
};

/** What was uploaded before, to choose from. */
const LIBRARY = {
  libraryTitle: "Choose from the library",
  librarySearch: "Search",
  libraryLoading: "Loading …",
  libraryFound: "{count} files are shown.",
  libraryEmpty: "There are no files yet.",
  libraryNothing: "Nothing was found for “{query}”.",
  libraryEnd: "These are all files.",
  libraryMore: "Show more",
  libraryChoose: "Choose {name}",
  libraryDelete: "Delete {name}",
  libraryConfirm: "Delete {name}? It is then gone for everyone.",
  libraryDeleteIt: "Delete",
  libraryDeleted: "{name} is deleted.",
  libraryInUse: "{name} is in use and cannot be deleted:",
  libraryUsedIn: "Used in",
};

export const ENGLISH = { ...INPUT, ...CROP, ...CAMERA, ...FORM, ...MISTAKES, ...LIBRARY };

export type Texts = Record<keyof typeof ENGLISH, string>;

/** A text with its braces filled in. A translation need not use them all. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A number of bytes as Safelight's own messages say it (1 MB = 1,000,000 bytes). */
export function megabytes(count: number): string {
  if (count >= 1_000_000) return `${Number((count / 1_000_000).toPrecision(3))} MB`;
  if (count >= 1_000) return `${Number((count / 1_000).toPrecision(3))} kB`;
  return `${count} bytes`;
}

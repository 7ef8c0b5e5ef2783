/** What React users import. */
export { FileInput, type FileInputProps } from "./FileInput";
export { default as Library, type LibraryProps } from "./library/Library";
export type { Item, Page, Query, Removal, Source } from "./library/source";
export type { Current } from "./Preview";
export { ENGLISH, type Texts } from "./texts";
export {
  type Answer,
  type Destination,
  type Encoding,
  type Progress,
  Refusal,
  type UploadOptions,
  upload,
} from "./upload";
export { type Send, type State, useUpload } from "./useUpload";

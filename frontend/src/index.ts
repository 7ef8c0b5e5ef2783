/** What React users import. */
import "./file-input.css";
import "./library/library.css";

export { type Answer, type FileFacts, Refusal } from "./answer";
export { Client, type ClientOptions, type StoredFile, type StoredItem } from "./client";
export { csrf } from "./csrf";
export { FileInput, type FileInputProps } from "./FileInput";
export { Library, type LibraryProps } from "./Library";
export type { Place } from "./library/places";
export type { Item, Page, Query, Removal, Source } from "./library/source";
export type { Current } from "./Preview";
export { ENGLISH, type Texts } from "./texts";
export {
  type Destination,
  type Encoding,
  type Method,
  type Progress,
  type RequestHeaders,
  type Send,
  type UploadOptions,
  upload,
  uploadTo,
} from "./upload";
export { type Events, type State, type Uploading, useUpload } from "./useUpload";

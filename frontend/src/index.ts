/** What React users import. */
export { FileInput, type FileInputProps } from "./FileInput";
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

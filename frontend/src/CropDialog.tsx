/** Cuts a part out of a picture before it is sent. The part is written anew by the browser, which leaves all hidden data
 * behind. */
import { useState } from "react";
import ReactCrop, { centerCrop, makeAspectCrop, type PercentCrop } from "react-image-crop";
import "react-image-crop/dist/ReactCrop.css";
import { Dialog } from "./Dialog";
import { fill, type Texts } from "./texts";
import { useObjectUrl } from "./useObjectUrl";

interface CropDialogProps {
  file: File;
  /** Width by height; any if not given. */
  aspect?: number | undefined;
  texts: Texts;
  onCrop: (file: File) => void;
  onClose: () => void;
}

// What becomes of each type. What may be transparent stays so; browsers write neither GIF nor AVIF.
const WRITTEN = new Map([
  ["image/jpeg", "image/jpeg"],
  ["image/heic", "image/jpeg"],
  ["image/webp", "image/webp"],
]);
// Safari gives an empty canvas beyond 16,777,216 pixels.
const MAX_PIXELS = 16_000_000;

export default function CropDialog({ file, aspect, texts, onCrop, onClose }: CropDialogProps) {
  const url = useObjectUrl(file);
  const [image, setImage] = useState<HTMLImageElement>();
  const [crop, setCrop] = useState<PercentCrop>();
  const [failed, setFailed] = useState(false);

  function begin(loaded: HTMLImageElement) {
    const { naturalWidth: width, naturalHeight: height } = loaded;
    setImage(loaded);
    const frame = aspect
      ? makeAspectCrop({ unit: "%", width: 80 }, aspect, width, height)
      : { unit: "%" as const, width: 80, height: 80 };
    setCrop(centerCrop(frame, width, height));
  }

  async function use() {
    if (!image || !crop) return;
    const part = await cut(image, crop, file);
    if (part) onCrop(part);
    else setFailed(true);
  }

  return (
    <Dialog title={texts.cropTitle} hint={texts.cropHint} onClose={onClose}>
      {failed ? (
        <p role="alert">{texts.cropFailed}</p>
      ) : (
        <ReactCrop
          {...(crop && { crop })}
          {...(aspect && { aspect })}
          onChange={(_, percent) => setCrop(percent)}
          keepSelection
          ruleOfThirds
          minWidth={16}
          minHeight={16}
          ariaLabels={{
            cropArea: texts.cropArea,
            nwDragHandle: texts.cropTopLeft,
            nDragHandle: texts.cropTop,
            neDragHandle: texts.cropTopRight,
            eDragHandle: texts.cropRight,
            seDragHandle: texts.cropBottomRight,
            sDragHandle: texts.cropBottom,
            swDragHandle: texts.cropBottomLeft,
            wDragHandle: texts.cropLeft,
          }}
        >
          {url && (
            <img
              src={url}
              alt={fill(texts.preview, { name: file.name })}
              onLoad={(event) => begin(event.currentTarget)}
              onError={() => setFailed(true)}
            />
          )}
        </ReactCrop>
      )}
      <p className="safelight-actions">
        <button type="button" className="safelight-primary" onClick={use} disabled={failed || !crop}>
          {texts.cropUse}
        </button>
        <button type="button" onClick={onClose}>
          {texts.cancel}
        </button>
      </p>
    </Dialog>
  );
}

/** The part of `image` as a file; null where the browser has no memory for it. */
async function cut(image: HTMLImageElement, crop: PercentCrop, file: File): Promise<File | null> {
  const width = (image.naturalWidth * crop.width) / 100;
  const height = (image.naturalHeight * crop.height) / 100;
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (width * height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const left = (image.naturalWidth * crop.x) / 100;
  const top = (image.naturalHeight * crop.y) / 100;
  canvas.getContext("2d")?.drawImage(image, left, top, width, height, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, WRITTEN.get(file.type), 0.92));
  if (!blob) return null;
  const extension = blob.type.replace("image/", "").replace("jpeg", "jpg"); // not every browser writes WebP
  return new File([blob], `${file.name.replace(/\.[^.]*$/, "")}.${extension}`, { type: blob.type });
}

/** The computer's camera. (A phone has a camera app of its own, which the file input opens.) */
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { Dialog } from "./Dialog";
import type { Texts } from "./texts";

interface CameraDialogProps {
  texts: Texts;
  onPicture: (file: File) => void;
  onClose: () => void;
}

export default function CameraDialog({ texts, onPicture, onClose }: CameraDialogProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [message, setMessage] = useState(texts.cameraStarting);
  const [ready, setReady] = useState(false);

  const explain = useEffectEvent((error: DOMException) => {
    setMessage(error.name === "NotAllowedError" ? texts.cameraForbidden : texts.cameraMissing);
  });

  useEffect(() => {
    let stream: MediaStream | undefined;
    let closed = false;
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } })
      .then((opened) => {
        stream = opened;
        if (closed) stop();
        else if (video.current) video.current.srcObject = opened;
      })
      .catch(explain);
    return () => {
      closed = true;
      stop();
    };
  }, []);

  async function shoot() {
    const picture = video.current && (await still(video.current));
    if (picture) onPicture(picture);
  }

  return (
    <Dialog title={texts.cameraTitle} onClose={onClose}>
      <video ref={video} autoPlay muted playsInline hidden={!ready} onLoadedMetadata={() => setReady(true)} />
      {!ready && <p role="status">{message}</p>}
      <p className="safelight-actions">
        <button type="button" className="safelight-primary" onClick={shoot} disabled={!ready}>
          {texts.cameraShoot}
        </button>
        <button type="button" onClick={onClose}>
          {texts.cancel}
        </button>
      </p>
    </Dialog>
  );
}

async function still(video: HTMLVideoElement): Promise<File | null> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
  return blob && new File([blob], "camera.jpg", { type: "image/jpeg" });
}

/** Somebody's profile: one picture, which the next one replaces. */
import { FileInput, type Refusal, uploadTo } from "@safelight/react";
import { useEffect, useRef, useState } from "react";
import type { Profile } from "./server";
import { at, headers } from "./session";

interface ProfilePageProps {
  profile: Profile;
  onChange: (profile: Profile) => void;
  onSignedOut: () => void;
}

export function ProfilePage({ profile, onChange, onSignedOut }: ProfilePageProps) {
  const [isSignedOut, setSignedOut] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []); // what had the focus went with the form

  const image = at(`/user/${profile.id}/image`);
  const url = profile.profile_image_url ?? undefined;
  const note = ({ answer }: Refusal) => setSignedOut(answer?.status === 401);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Your profile
      </h1>
      <p className="lead">
        <bdi>{profile.email}</bdi>
      </p>
      <FileInput
        label="Your picture"
        hint="AVIF, GIF, JPEG, PNG or WebP"
        send={uploadTo<Profile>({
          url: image,
          field: "profile_image",
          method: "PUT",
          headers,
          idempotencyKey: true, // from another origin, too: the server lets the header through
        })}
        crop={1}
        cropFirst
        camera
        current={url ? { name: "The picture as it is stored", url, thumbnail: url } : undefined}
        onSending={() => setSignedOut(false)}
        onStored={({ body }) => onChange(body)}
        onRefused={note}
      />
      {isSignedOut && (
        <p className="again">
          <button type="button" className="link" onClick={onSignedOut}>
            Sign in again
          </button>
        </p>
      )}
    </>
  );
}

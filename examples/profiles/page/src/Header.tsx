/** On top: what this is, who is signed in, and the way out. */
import icon from "../public/icon.svg?url";
import type { Profile } from "./server";

interface HeaderProps {
  profile: Profile | undefined;
  onSignOut: () => void;
}

export function Header({ profile, onSignOut }: HeaderProps) {
  return (
    <header>
      <span className="brand">
        <img src={icon} alt="" width={28} height={28} />
        Profiles
      </span>
      {profile && (
        <div className="who">
          {profile.profile_image_url ? (
            <img className="face" src={profile.profile_image_url} alt="" width={36} height={36} />
          ) : (
            <span className="face" aria-hidden="true">
              {profile.email[0]}
            </span>
          )}
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      )}
    </header>
  );
}

/** The page is the profile of whoever is signed in, or else the way in. */
import { useEffect, useState } from "react";
import { Header } from "./Header";
import { ProfilePage } from "./ProfilePage";
import { SignIn } from "./SignIn";
import { type Profile, profileOf, type Refused, signOut } from "./server";
import * as session from "./session";

type State = { kind: "loading" } | { kind: "out"; said?: string; hasLeft?: boolean } | { kind: "in"; profile: Profile };

export function App() {
  const [state, become] = useState<State>({ kind: "loading" });

  useEffect(() => {
    const id = session.id();
    if (!id) return become({ kind: "out" });
    let isOver = false;
    profileOf(id).then(
      (profile) => isOver || become({ kind: "in", profile }),
      (error: Refused) => {
        if (isOver) return;
        if (error.status) session.end(); // but a server that is down says nothing about who we are
        become({ kind: "out", said: error.message });
      },
    );
    return () => {
      isOver = true;
    };
  }, []);

  const enter = (profile: Profile) => become({ kind: "in", profile });
  const leave = () => {
    session.end();
    become({ kind: "out", hasLeft: true });
  };
  return (
    <>
      <Header
        profile={state.kind === "in" ? state.profile : undefined}
        onSignOut={() =>
          signOut()
            .catch(() => {})
            .then(leave)
        }
      />
      <main>
        {state.kind === "loading" && <p role="status">Loading …</p>}
        {state.kind === "out" && <SignIn said={state.said} takesFocus={state.hasLeft} onSignedIn={enter} />}
        {state.kind === "in" && <ProfilePage profile={state.profile} onChange={enter} onSignedOut={leave} />}
      </main>
      <footer>
        <p>
          What you send is checked byte by byte and stored under a key that nobody can guess. The row of your profile
          keeps that one key.
        </p>
      </footer>
    </>
  );
}

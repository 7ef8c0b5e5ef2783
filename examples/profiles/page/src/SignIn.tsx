/** The way in: for those who have an account, and for those who want one. */
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { type Profile, signIn, signUp } from "./server";

interface SignInProps {
  /** Why nobody is signed in any more. */
  said?: string | undefined;
  /** What had the focus is gone. */
  takesFocus?: boolean | undefined;
  onSignedIn: (profile: Profile) => void;
}

export function SignIn({ said, takesFocus, onSignedIn }: SignInProps) {
  const [isNew, setNew] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [message, setMessage] = useState(said);
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const credentials = { email: String(form.get("email")), password: String(form.get("password")) };
    setBusy(true);
    setMessage(undefined);
    try {
      onSignedIn(await (isNew ? signUp : signIn)(credentials));
    } catch (error) {
      setMessage((error as Error).message);
      setBusy(false);
    }
  }

  const change = () => {
    setNew(!isNew);
    setMessage(undefined);
  };
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {isNew ? "Sign up, and have a picture" : "Sign in to your profile"}
      </h1>
      <p className="lead">
        Choose a picture and cut it to a square. Where and with what it was taken is left out of it before it is stored.
      </p>
      <form className="card" onSubmit={submit}>
        <label htmlFor={`${id}-email`}>Email address</label>
        <input id={`${id}-email`} name="email" type="email" autoComplete="username" required />
        <label htmlFor={`${id}-password`}>Password</label>
        <input
          id={`${id}-password`}
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          minLength={isNew ? 8 : undefined}
          required
          aria-describedby={isNew ? `${id}-rule` : undefined}
        />
        {isNew && (
          <p className="rule" id={`${id}-rule`}>
            At least 8 characters.
          </p>
        )}
        <p className="bad" role="alert">
          {message}
        </p>
        <button type="submit" className="primary" disabled={isBusy}>
          {isNew ? "Sign up" : "Sign in"}
        </button>
        <p className="other">
          {isNew ? "You have an account already?" : "You have no account yet?"}{" "}
          <button type="button" className="link" onClick={change}>
            {isNew ? "Sign in instead" : "Make one"}
          </button>
        </p>
      </form>
    </>
  );
}

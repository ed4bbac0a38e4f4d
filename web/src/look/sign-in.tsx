import { type FormEvent, useState } from 'react';
import { useCommonWords } from '../words/common.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Heading } from './heading.tsx';
import { keep, recall } from './kept.ts';

export type SignInRefusal = 'wrongLogin' | 'notAllowed' | 'tooManyAttempts' | 'serverAway' | 'wrong';

interface SignInProps {
  readonly title: string;
  readonly lead: string;
  /** One was signed in, and is no more. */
  readonly expired?: boolean;
  /** Null: signed in. */
  readonly onSignIn: (login: string, password: string) => Promise<SignInRefusal | null>;
}

/** Before there is anything to be shown. */
export function SignIn({ title, lead, expired = false, onSignIn }: SignInProps) {
  return (
    <div className="sign-in">
      <header>
        <Heading text={title} />
        <p className="soft">{lead}</p>
      </header>
      <SignInForm className="card" expired={expired} onSignIn={onSignIn} />
    </div>
  );
}

interface SignInFormProps extends Pick<SignInProps, 'expired' | 'onSignIn'> {
  readonly className?: string;
}

/** Login and password. What was typed stays, whatever comes of it. */
export function SignInForm({ className = '', expired = false, onSignIn }: SignInFormProps) {
  const words = useCommonWords();
  const [login, setLogin] = useState(() => recall('login') ?? '');
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState<'login' | 'password' | null>(null);
  const [refusal, setRefusal] = useState<SignInRefusal | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const wrong = login.trim() === '' ? 'login' : password === '' ? 'password' : null;
    setMissing(wrong);
    setRefusal(null);
    if (wrong === null && !busy) {
      setBusy(true);
      const answer = await onSignIn(login.trim(), password);
      setBusy(false);
      if (answer === null) {
        keep('login', login.trim());
        return;
      }
      setRefusal(answer);
    }
    requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  return (
    <form className={`sign-in-form ${className}`.trim()} noValidate onSubmit={(event) => void submit(event)}>
      {expired && refusal === null ? (
        <p className="warning" role="status">
          {words.expired}
        </p>
      ) : null}
      {refusal === null ? null : (
        <p className="alert" role="alert">
          {words[refusal]}
        </p>
      )}
      <Field
        label={words.login}
        error={missing === 'login' ? words.loginNeeded : null}
        value={login}
        onText={setLogin}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={200}
        required
      />
      <Field
        label={words.password}
        error={missing === 'password' ? words.passwordNeeded : null}
        value={password}
        onText={setPassword}
        type="password"
        autoComplete="current-password"
        maxLength={200}
        required
      />
      <Button kind="primary" submits busy={busy}>
        {busy ? words.signingIn : words.signIn}
      </Button>
      <p className="hint">{words.whereLogin}</p>
    </form>
  );
}

import { createContext, useContext } from 'react';
import type { ConsoleSession } from './session.ts';

export interface SignedIn {
  readonly session: ConsoleSession;
  /** To be called when the server answers 401: the page asks for the sign-in again. */
  expire(): void;
}

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in, for everything below the console's frame. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SessionContext);
  if (signedIn === null) throw new Error('Nobody is signed in here.');
  return signedIn;
}

import { createContext, useContext } from 'react';
import type { ConsoleSession } from './session.ts';

export interface SignedIn {
  readonly session: ConsoleSession;
  /**
   * To be called when the server answers 401 to what was asked in this session: the page asks for the sign-in again,
   * unless that has been done meanwhile.
   */
  expire(session: ConsoleSession): void;
}

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in, for everything below the console's frame. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SessionContext);
  if (signedIn === null) throw new Error('Nobody is signed in here.');
  return signedIn;
}

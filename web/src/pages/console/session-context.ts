import { createContext, useContext } from 'react';
import type { ConsoleSession } from './session.ts';

export interface SignedIn {
  readonly session: ConsoleSession;
  /**
   * To be called when the server answers 401 to what was asked in this session: the page asks for the sign-in again,
   * unless that has been done meanwhile.
   */
  expire(session: ConsoleSession): void;
  /**
   * To be called when it answers 403: another tab may have signed in since, and the cookie is of that session, whose
   * token another user of this page goes on with. Null: it is no other session, or of somebody else, who is shown then.
   */
  renew(session: ConsoleSession): Promise<ConsoleSession | null>;
}

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in, for everything below the console's frame. */
export function useSignedIn(): SignedIn {
  const signedIn = useContext(SessionContext);
  if (signedIn === null) throw new Error('Nobody is signed in here.');
  return signedIn;
}

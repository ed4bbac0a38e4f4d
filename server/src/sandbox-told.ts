import { exampleInvitation } from './api/dialects/unified-api/example.ts';
import type { SandboxNumber } from './sandbox/behaviours.ts';

interface Carrier {
  /** Where it listens, e.g. `sip:127.0.0.1:5070`. */
  readonly uri: string;
  readonly numbers: readonly SandboxNumber[];
}

interface SandboxTold extends Carrier {
  /** A request that rings a number into a conference: POST it with a token. */
  readonly example: { readonly path: string; readonly body: string };
}

/** Of the sandbox organization, without a PIN. */
const conference = { extension: '211', number: '4' };

/** What `/sandbox` says: the numbers of the carrier in the box, what each does, and how one is invited. */
export function sandboxTold({ uri, numbers }: Carrier): SandboxTold {
  const { url, body } = exampleInvitation({
    http: '',
    ...conference,
    invitee: '2025550101',
    callerId: 'John Doe <4242425>',
  });
  return { uri, numbers, example: { path: url, body } };
}

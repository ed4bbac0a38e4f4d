import type { FastifyInstance } from 'fastify';
import type { Random } from '../../../base/random.ts';
import type { Secret } from '../../../base/secret.ts';
import type { CallStore } from '../../../call/ports.ts';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import type { Directory } from '../../../directory/directory.ts';
import type { Authenticate } from './principal.ts';
import type { ExtensionDirectory } from './users.ts';

/** The services and lookups of the call model that phone calls are made of. */
export type PhoneCallRuntime = Pick<
  CallRuntime,
  'call' | 'callsOf' | 'connectionsChargedTo' | 'connectionsOf' | 'refOfLeg' | 'on' | 'do'
>;

export type PhoneCallDirectory = ExtensionDirectory & Pick<Directory, 'route' | 'admit' | 'conferencesOf'>;

/** `takenBack`: a leg that we gave up ourselves before it was answered. */
export type Known = 'unknown' | 'made' | 'takenBack';

/** Answers `known` from the log. */
export async function knownFrom(log: Pick<CallStore, 'eventsOf' | 'recordsOfLeg'>, id: string): Promise<Known> {
  if ((await log.eventsOf(id, { limit: 1 })).length > 0) return 'made';
  const records = await log.recordsOfLeg(id);
  if (records.length === 0) return 'unknown';
  return records.every(({ cause }) => cause === 'callCancelled') ? 'takenBack' : 'made';
}

/** What the interface needs of the rest of the server. */
export interface UnifiedApiDeps {
  readonly runtime: PhoneCallRuntime;
  readonly directory: PhoneCallDirectory;
  readonly random: Random;
  readonly authenticate: Authenticate;
  /** Phones that are registered for an extension: none, and dialling it is for nothing. */
  readonly registrations: (extensionId: string) => readonly unknown[];
  /** A PIN for the access call that began with this leg; kept in memory only. */
  readonly keepPin: (legId: string, pin: Secret) => void;
  /** Base of the links in answers, e.g. `https://pbx.example.test`; null: the scheme and host of each request. */
  readonly publicUrl: string | null;
  /** What the log knows of a call or a leg with this id, running or ended. */
  readonly known: (id: string) => Promise<Known>;
  /** Adds hooks (idempotency) in front of all routes: authentication is done, `preHandler` and later are free. */
  readonly hooks?: (app: FastifyInstance) => void;
  /**
   * Further resources. Each registers its routes without the prefix (`/extensions/:userId/:extension/presence`); they
   * are served under both prefixes, with and without a slash at the end, behind the same authentication, errors and
   * content type.
   */
  readonly modules?: readonly ((app: FastifyInstance) => void)[];
}

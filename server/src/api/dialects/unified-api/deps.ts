import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { Secret } from '../../../base/secret.ts';
import type { Authenticate } from './principal.ts';
import type { ExtensionDirectory } from './users.ts';

/** What the interface needs of the rest of the server. */
export interface UnifiedApiDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly directory: ExtensionDirectory;
  readonly authenticate: Authenticate;
  /** A PIN for the access call that begins with this leg; kept in memory only. */
  readonly keepPin: (legId: string, pin: Secret) => void;
  /** Base of the links in answers, e.g. `https://pbx.example.test`; null: the scheme and host of each request. */
  readonly publicUrl: string | null;
  /** Whether the log knows a call or a leg with this id, running or ended. */
  readonly known: (id: string) => Promise<boolean>;
  /** Adds hooks (idempotency) in front of all routes: authentication is done, `preHandler` and later are free. */
  readonly hooks?: (app: FastifyInstance) => void;
  /**
   * Further resources. Each registers its routes without the prefix (`/extensions/:userId/:extension/presence`); they are served
   * under both prefixes, with and without a trailing slash, behind the same authentication, errors and content type.
   */
  readonly modules?: readonly ((app: FastifyInstance) => void)[];
}

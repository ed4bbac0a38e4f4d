import type { Dialect, DialectParts } from '../dialect.ts';
import { authenticateWith } from './authenticate.ts';
import { registerCdr } from './cdr/cdr.ts';
import { knownFrom } from './deps.ts';
import { registerDiscovery } from './discovery.ts';
import { repetitions } from './idempotency-keys.ts';
import { registerPhoneCallEvents } from './phone-call-events/phone-call-events.ts';
import { registerUnifiedApi } from './plugin.ts';
import { registerPresence } from './presence.ts';

interface UnifiedApiParts extends DialectParts {
  readonly config: { readonly unifiedApi: { readonly expiredTokenStatus: number } };
}

export const unifiedApi: Dialect<UnifiedApiParts> = {
  tags: [
    { name: 'phoneCalls', description: 'Place, list, change and end phone calls' },
    { name: 'phoneCallEvents', description: 'Be told of phone calls by webhook' },
    { name: 'presence', description: 'Who is registered, and who is in a call' },
    { name: 'cdr', description: 'Phone calls that have ended' },
  ],

  register(http, parts) {
    const { clock, random, directory, runtime, calls, subscriptions, registrations, keepPin, publicUrl } = parts;
    registerUnifiedApi(http, {
      runtime,
      directory,
      random,
      authenticate: authenticateWith(parts.presented, parts.config.unifiedApi.expiredTokenStatus),
      registrations,
      keepPin,
      publicUrl,
      known: (id) => knownFrom(calls, id),
      hooks: (app) => parts.idempotency.register(app, repetitions),
      modules: [
        (app) => registerPresence(app, { directory, publicUrl, registrations, runtime }),
        (app) => registerCdr(app, { clock, directory, publicUrl, calls }),
        (app) => registerPhoneCallEvents(app, { directory, publicUrl, subscriptions }),
      ],
    });
    registerDiscovery(http, publicUrl, parts.frontDoor);
  },
};

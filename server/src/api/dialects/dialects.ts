import { portal } from './portal/register.ts';
import { unifiedApi } from './unified-api/register.ts';
import { unifiedApiWebhooks } from './unified-api/webhooks/webhook-projection.ts';

import { webServicesNotices } from './web-services/notifications/dialect.ts';
import { webServices } from './web-services/register.ts';

/** Every dialect that is served: a new one is its folder and a place in this list. */
export const dialects = [unifiedApi, portal, webServices] as const;

/** The call that an interface means by this id, where it makes ids of its own; any other id as it is. */
export function idMeantBy(id: string): string {
  for (const { callOfId } of dialects as readonly Pick<(typeof dialects)[number], 'callOfId'>[]) {
    const own = callOfId?.(id) ?? null;
    if (own !== null) return own;
  }
  return id;
}

/** Subscriptions are kept by the numbers of one dialect, and told in its words. */
export const webhookDialect = unifiedApiWebhooks;

/** In whose words live clients are told. */
export const liveDialect = webServicesNotices;

/** How phones of supervisors are called into the calls of others. */
export { supervisorsPhone } from './web-services/supervisors-phone.ts';

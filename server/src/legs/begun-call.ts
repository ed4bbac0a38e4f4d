import type { Dial } from '../call/model/call.ts';
import type { Device, DialTarget } from '../call/model/device.ts';
import type { Caller, Route } from '../call/ports.ts';
import type { ReceiveDevice } from '../call/services/requests.ts';
import type { Leg } from './leg.ts';

/* A call that somebody at a leg begins, of whatever kind that is: what it means to the call model. */

/** Where it may lead. */
export type Reachable = Exclude<Route, { kind: 'refused' }>;

/** The caller as a device of the call model. */
export function deviceOf(caller: Caller): Device {
  if (caller.kind !== 'extension') return { kind: 'external', number: caller.number, name: caller.name };
  const { kind, organizationId, extensionId, number, name } = caller;
  return { kind, organizationId, extensionId, number, name };
}

/** Whose media process carries the leg: the conference's, the called phone's, or for calls out the caller's. */
export function organizationOf(caller: Caller, route: Reachable): string {
  if (route.kind === 'conference') return route.organizationId;
  if (route.kind === 'terminal' && route.device.kind !== 'external') return route.device.organizationId;
  return caller.kind === 'extension' ? caller.organizationId : '';
}

/** To a phone, or out over a trunk; `callerId`: what is shown there. */
export function receiveDevice(
  leg: Pick<Leg, 'id' | 'organizationId'>,
  caller: Caller,
  route: Exclude<Reachable, { kind: 'conference' }>,
  { redirections = [], ...dial }: Pick<Dial, 'callerId' | 'timeoutMs' | 'redirections'>,
): ReceiveDevice {
  const target: DialTarget =
    route.kind === 'terminal'
      ? { kind: 'terminal', aor: route.aor }
      : { kind: 'trunk', trunk: route.trunk, number: route.number, account: route.account };
  return {
    kind: 'call',
    legId: leg.id,
    organizationId: leg.organizationId,
    from: deviceOf(caller),
    to: route.kind === 'terminal' ? route.device : { kind: 'external', number: route.number, name: '' },
    target,
    ...dial,
    ...(redirections.length === 0 ? {} : { redirections }),
  };
}

import type { FastifyInstance } from 'fastify';
import { registerDemo } from './api/demo/demo.ts';
import type { SessionLogins } from './api/session-logins.ts';
import { clearCall } from './call/services/clear-call.ts';
import { demoAgent } from './directory/sandbox-organization.ts';
import type { Parts } from './parts.ts';
import type { SandboxNumber } from './sandbox/behaviours.ts';

/** Lets visitors of the start page be the demo agent; with the last of them its calls end. */
export function registerDemoVisitors(
  http: FastifyInstance,
  parts: Parts,
  { sessions, numbers }: { readonly sessions: SessionLogins; readonly numbers: () => readonly SandboxNumber[] },
): void {
  const { clock, random, directory, tokens } = parts;
  registerDemo(http, { clock, random, directory, tokens, sessions, numbers, hangUp: () => hangUpDemoAgent(parts) });
}

function hangUpDemoAgent({ directory, runtime, log }: Parts): void {
  const { organizationId, userId } = demoAgent;
  const calls = directory.extensionsOfUser(organizationId, userId).flatMap(({ id }) => runtime.callsOf(id));
  for (const callId of new Set(calls.map(({ id }) => id))) {
    runtime
      .do(clearCall, { callId, cause: 'normal' })
      .catch((error) => log.warn({ err: error, callId }, 'a call of the demo agent could not be ended'));
  }
}

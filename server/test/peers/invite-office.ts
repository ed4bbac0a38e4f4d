import { after, before } from 'node:test';
import { SandboxCarrier } from '../../src/sandbox/index.ts';
import { otherOrganization, overTrunk, PartylineServer, testOrganization } from './partyline.ts';
import { UnifiedApi } from './unified-api.ts';

/** What the documentation of the interface promises about conferenceInvite, over real HTTP and with a real carrier. */

export let carrier: SandboxCarrier;

export let server: PartylineServer;

export let api: UnifiedApi;

export let other: UnifiedApi;

export const number = '3235742879';

before(async () => {
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({
    config: {
      organizations: [testOrganization, otherOrganization],
      ...overTrunk(carrier.uri),
      limits: { dialOutPerMinute: 10_000, dialOutConcurrent: 500 },
    },
  });
  const base = `http://127.0.0.1:${server.httpPort}`;
  api = await UnifiedApi.connect(base);
  other = await UnifiedApi.connect(base, { key: 'other-app', secret: 'other-secret' });
});

after(async () => {
  await server?.stop();
  await carrier?.close();
});

export const seedBody = {
  extension: '200',
  phoneCallView: [{ source: ['200'], destination: [number], callerId: 'John Doe <4242425>' }],
};

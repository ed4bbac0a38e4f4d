import { after, before, describe, test } from 'node:test';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { abortPaths, walk } from './peers/abort-paths.ts';
import { configurationOf, Desks } from './peers/agent-desk.ts';
import { AgentFlow } from './peers/agent-flow.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';

/**
 * Every way out of a consultation, driven by the official client over each of its transports at once, with real phones:
 * what everybody is told, field by field, and hears.
 */

const skip = needs('baresip');
const count = 5;
let carrier: SandboxCarrier;
let server: PartylineServer;
let desks: Desks;

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({ config: configurationOf(count, carrier) });
  desks = await Desks.open(server, carrier, count);
});

after(async () => {
  await desks?.close();
  await server?.stop();
  await carrier?.close();
});

describe('a way out of a consultation', { concurrency: count }, () => {
  for (const path of abortPaths) {
    const { at, act, outside } = path;
    test(`${at}${outside ? ' outside' : ''}, ${act}`, { skip, timeout: 300_000 }, () =>
      desks.use((desk) => walk(new AgentFlow(desk, { outside }), path)),
    );
  }
});

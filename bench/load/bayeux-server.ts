import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { serveJaneAlone } from '../../server/src/api/bayeux/testing/jane-alone.ts';

/*
 * One Bayeux server in a process of its own: ours, or one to compare it with. Argument: which. It says its port, then
 * publishes what it is told: `{ channel, data }`.
 */

type Publish = (channel: string, data: object) => void;
export type Kind = 'partyline' | 'cometd' | 'faye';

const load = createRequire(import.meta.url);
const path = '/bayeux';

async function ours(): Promise<{ port: number; publish: Publish }> {
  const { server, port } = await serveJaneAlone(path, { mostSessionsOfOwner: 10_000, mostOpenOfOwner: 10_000 });
  return { port, publish: (channel, data) => server.publish('jane', channel, data) };
}

interface CometdServer {
  readonly handle: Parameters<typeof createServer>[1];
  createServerChannel(name: string): { publish(session: null, data: object): void };
}

async function cometd(): Promise<{ port: number; publish: Publish }> {
  const { createCometDServer } = load('cometd-nodejs-server') as { createCometDServer(o: object): CometdServer };
  const server = createCometDServer({ timeout: 30_000, maxInterval: 20_000 });
  const http = createServer(server.handle);
  const port = await listening(http);
  return {
    port,
    publish: (channel, data) => server.createServerChannel(channel).publish(null, data),
  };
}

interface FayeServer {
  attach(http: ReturnType<typeof createServer>): void;
  getClient(): { publish(channel: string, data: object): void };
}

async function faye(): Promise<{ port: number; publish: Publish }> {
  const { NodeAdapter } = load('faye') as { NodeAdapter: new (options: object) => FayeServer };
  const server = new NodeAdapter({ mount: path, timeout: 30 });
  const http = createServer();
  server.attach(http);
  const port = await listening(http);
  const client = server.getClient();
  return { port, publish: (channel, data) => client.publish(channel, data) };
}

function listening(http: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    http.listen(0, '127.0.0.1', 4096, () => resolve((http.address() as { port: number }).port));
  });
}

const kinds: Record<Kind, () => Promise<{ port: number; publish: Publish }>> = { partyline: ours, cometd, faye };
const { port, publish } = await kinds[process.argv[2] as Kind]();
process.on('message', ({ channel, data }: { channel: string; data: object }) => publish(channel, data));
process.on('disconnect', () => process.exit(0));
process.send?.(port);

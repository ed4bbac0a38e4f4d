import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { systemClock } from '../../../base/clock.ts';
import { systemRandom } from '../../../base/random.ts';
import { BayeuxServer } from '../../../push/bayeux/bayeux-server.ts';
import { registerBayeux } from '../bayeux-routes.ts';

export interface JaneAlone {
  readonly http: FastifyInstance;
  readonly server: BayeuxServer<string>;
  readonly port: number;
}

/** A Bayeux server at a port of 127.0.0.1, where everybody is jane once it is known who asks. */
export async function serveJaneAlone(
  path: string,
  limits: ConstructorParameters<typeof BayeuxServer>[0]['limits'] = {},
  known: (request: FastifyRequest) => Promise<void> = async () => {},
): Promise<JaneAlone> {
  const http = Fastify({ requestTimeout: 0, forceCloseConnections: true });
  const server = new BayeuxServer<string>({
    clock: systemClock,
    random: systemRandom,
    ownerKey: (owner) => owner,
    limits,
  });
  await registerBayeux(http, {
    path,
    server,
    ownerOf: async (request) => {
      await known(request);
      return 'jane';
    },
    refuseBatch: (reply) => void reply.code(400).send(),
    refuseSocket: (reply) => void reply.code(429).send(),
    refuseMethod: async (_request, reply) => reply.code(405).send(),
  });
  await http.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
  return { http, server, port: (http.server.address() as { port: number }).port };
}

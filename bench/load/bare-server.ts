import Fastify from 'fastify';

/**
 * A Fastify server with one route that answers with the bytes it is given: what an answer costs that nobody thinks
 * about.
 */
const body = Buffer.from(process.argv[2] ?? '', 'base64');
const server = Fastify();
server.get('/*', async (_request, reply) => reply.type('application/json').send(body));
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
process.send?.(typeof address === 'object' ? address?.port : null);
process.on('disconnect', () => process.exit(0));

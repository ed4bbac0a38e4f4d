import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import Fastify from 'fastify';
import { until } from '../base/testing/wait.ts';
import { eventStream } from './event-stream.ts';

test('a reader that is gone before its stream begins is gone all the same', async () => {
  const http = Fastify({ forceCloseConnections: true });
  const came = Promise.withResolvers<void>();
  const letIn = Promise.withResolvers<void>();
  let closed = false;
  let gone = 0;
  http.get('/', async (_request, reply) => {
    reply.raw.once('close', () => {
      closed = true;
    });
    came.resolve();
    await letIn.promise;
    const sink = eventStream(reply, () => {
      gone += 1;
      sink.end();
    });
    sink.write(':\n\n');
    return reply;
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  const client = connect((http.server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: pbx.test\r\n\r\n');
  await came.promise;
  client.destroy();
  await until('its end', () => closed);
  letIn.resolve();
  await until('that it is told', () => gone > 0);
  await http.close();
  assert.equal(gone, 1);
});

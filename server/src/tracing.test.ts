import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createLog } from './base/log.ts';
import { freePort } from './base/testing/free-port.ts';
import { until } from './base/testing/wait.ts';
import { served } from './base/tracing.ts';
import { startTracing } from './tracing.ts';

function logged() {
  const lines: { msg: string; endpoint?: string }[] = [];
  return { lines, log: createLog('info', { write: (line) => void lines.push(JSON.parse(line)) }) };
}

test('what is empty is as if it were not there', async () => {
  const { log, lines } = logged();
  assert.equal(await startTracing({ OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: '' }, log), null);
  assert.deepEqual(lines, []);
});

test('a collector that is away is told once, and once that it is back; its login is not told', async (t) => {
  const { log, lines } = logged();
  const port = await freePort();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://joe:s3cret@127.0.0.1:${port}/?key=s3cret`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  };
  // OpenTelemetry looks there itself.
  Object.assign(process.env, env);
  const end = await startTracing(env, log);
  t.after(() => end?.());
  const told = (text: RegExp) => lines.filter(({ msg }) => text.test(msg)).length;
  const ask = () => served('GET /', {}, {}).end();
  ask();
  await until('the collector to be missed', () => told(/does not take traces/) > 0);
  let taken = 0;
  const collector = createServer((request, response) => {
    request.resume().on('end', () => {
      taken += 1;
      response.end('{}');
    });
  });
  ask();
  await new Promise<void>((resolve) => collector.listen(port, '127.0.0.1', resolve));
  t.after(() => collector.close().closeAllConnections());
  assert.equal((collector.address() as AddressInfo).port, port);
  await until('a trace to be taken', () => {
    ask();
    return taken > 0 && told(/takes traces again/) > 0;
  });
  assert.deepEqual([told(/does not take traces/), told(/takes traces again/)], [1, 1]);
  assert.equal(lines[0]?.endpoint, `http://127.0.0.1:${port}/`);
  assert.ok(!JSON.stringify(lines).includes('s3cret'), JSON.stringify(lines));
});

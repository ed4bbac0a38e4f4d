import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { createLog } from './log.ts';
import { asked, currentTrace, inTraceOf, keepTrace, served, traceIdsBy } from './tracing.ts';

const exporter = new InMemorySpanExporter();
let provider: NodeTracerProvider | null = null;

const traceId = '0af7651916cd43dd8448eb211c80319c';
const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };

test('without a collector nothing is traced', () => {
  const span = served('POST', headers, {});
  assert.deepEqual(
    span.within(() => traceIdsBy([])()),
    {},
  );
  assert.deepEqual(span.headers(), {});
  span.end();
});

after(() => provider?.shutdown());

test('what is begun in a trace belongs to it, also later, and lines of the log say which', async () => {
  provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) }, traceIdsBy(['part']));
  const request = served('POST /calls', headers, {});
  const later = request.within(() => {
    log.info('within');
    keepTrace(['one']);
    return currentTrace();
  });
  log.info('outside');
  log.child({ part: 'one', whole: 'none' }).info('of a part');
  log.info({ part: 'one' }, 'of a part');
  inTraceOf('one', () => log.info('what a part says'));
  inTraceOf('two', () => log.info('what a stranger says'));
  const invite = later(() => asked('INVITE', {}));
  const hook = asked('webhook', {}, 'one');
  const stranger = asked('webhook', {}, 'two');
  for (const span of [invite, hook, stranger]) span.end({}, null);
  request.end({ 'http.response.status_code': 500 }, '500');
  request.end();
  const spans = exporter.getFinishedSpans();
  assert.equal(spans.length, 4);
  const own = spans.find(({ name }) => name === 'POST /calls');
  assert.equal(own?.spanContext().traceId, traceId);
  assert.equal(own?.parentSpanContext?.spanId, 'b7ad6b7169203331');
  const parents = spans.map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId ?? null]);
  const mine = own?.spanContext().spanId;
  assert.deepEqual(parents.slice(0, 3), [
    ['INVITE', mine],
    ['webhook', mine],
    ['webhook', null],
  ]);
  assert.match(hook.headers()['traceparent'] ?? '', new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  const told = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ trace_id, span_id }) => [trace_id ?? null, span_id ?? null]),
    [
      [traceId, mine],
      [null, null],
      [traceId, mine],
      [traceId, mine],
      [traceId, mine],
      [null, null],
    ],
  );
});

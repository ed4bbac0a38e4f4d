import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { overTrunk, PartylineServer } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** A trace from the request over HTTP to the INVITE, its answer, and the webhook, at a collector by OTLP. */

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[];
  readonly events: readonly { name: string }[];
}

const spans: Span[] = [];
const hooks: { traceparent: string | undefined; id: string | null }[] = [];
let collector: Server;
let receiver: Server;
let carrier: SandboxCarrier;
let server: PartylineServer;

async function serve(answer: (body: string, request: IncomingMessage) => void): Promise<Server> {
  const made = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      answer(body, request);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', () => resolve()));
  return made;
}

const portOf = (of: Server) => (of.address() as AddressInfo).port;

before(async () => {
  collector = await serve((body) => {
    const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    for (const { scopeSpans } of resourceSpans) for (const { spans: some } of scopeSpans) spans.push(...some);
  });
  receiver = await serve((_body, { url, headers }) => {
    const id = new URL(url ?? '/', 'http://x').searchParams.get('CallAPIID');
    hooks.push({ traceparent: headers['traceparent'] as string | undefined, id });
  });
  carrier = await SandboxCarrier.start({ behaviours: false });
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${portOf(collector)}`;
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '100';
  try {
    server = await PartylineServer.start({ config: overTrunk(carrier.uri) });
  } finally {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  }
});

after(async () => {
  for (const one of [collector, receiver]) one?.closeAllConnections();
  collector?.close();
  receiver?.close();
  await server?.stop();
  await carrier?.close();
});

test('one trace: the request, the INVITE, the answer, the webhook', { timeout: 120_000 }, async () => {
  const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  const events = '/uapi/extensions/@me/201/phoneCallEvents';
  const url = `http://127.0.0.1:${portOf(receiver)}/hook`;
  for (const type of ['0', '1', '2', '3', '4']) {
    const subscribed = await api.ask(events, {
      method: 'POST',
      body: { type, url, method: '0', status: '1', note: 'test' },
    });
    assert.ok([200, 201].includes(subscribed.status), subscribed.text);
  }
  carrier.onCall = (call) => {
    call.answer();
    void call.answered.then(() => call.hangUp());
    return true;
  };
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
  const answer = await api.invite(['3235742879'], {
    extension: '201',
    source: ['201'],
    query: 'number=1',
    headers: { traceparent },
  });
  assert.equal(answer.status, 200, answer.text);
  const mine = () => spans.filter((span) => span.traceId === traceId);
  const named = (name: RegExp) => mine().find((span) => name.test(span.name));
  const [request, invite] = await waitFor(
    () => {
      const found = [named(/^POST/), named(/^INVITE$/)];
      return found.every((one) => one !== undefined) && (found as [Span, Span]);
    },
    10_000,
    () =>
      `the spans: ${spans.map(({ name, traceId: id }) => `${name} ${id}`).join(', ')}\n${server.rawLog.slice(-2000)}`,
  );
  assert.equal(request.parentSpanId, 'b7ad6b7169203331');
  assert.equal(invite.parentSpanId, request.spanId);
  const attribute = (span: Span, name: string) => span.attributes.find(({ key }) => key === name)?.value;
  assert.equal(Number(attribute(invite, 'sip.response.status_code')?.intValue), 200);
  assert.equal(Number(attribute(request, 'http.response.status_code')?.intValue), 200);
  const hook = await waitFor(
    () => hooks.find((one) => one.traceparent?.startsWith(`00-${traceId}-`)),
    10_000,
    () => `a webhook of the trace: ${JSON.stringify(hooks)}`,
  );
  assert.notEqual(hook.traceparent, traceparent, 'it is a span of its own');
});

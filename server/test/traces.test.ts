import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Secret } from '../src/base/secret.ts';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { overTrunk, PartylineServer, sipPassword } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/**
 * A trace from the request over HTTP, or the INVITE that comes in, to the INVITE that leaves, its answer, and the
 * webhook, at a collector by OTLP; and the lines of the log that name it.
 */

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 2: somebody asks us; 3: we ask. */
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[];
  readonly events: readonly { name: string }[];
}

const spans: Span[] = [];
const hooks: { traceparent: string | undefined; id: string | null }[] = [];
let phone: SandboxCarrier;
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
  phone = await SandboxCarrier.start({ behaviours: false, server: { address: '127.0.0.1', port: server.sipPort } });
});

after(async () => {
  for (const one of [collector, receiver]) one?.closeAllConnections();
  collector?.close();
  receiver?.close();
  await phone?.close();
  await server?.stop();
  await carrier?.close();
});

const attribute = (span: Span, name: string) => span.attributes.find(({ key }) => key === name)?.value;

/** The span of the INVITE that came in when there were so many. */
function inviteAfter(before: number): Promise<Span> {
  return waitFor(
    () => spans.slice(before).find((span) => span.name === 'INVITE' && span.kind === 2),
    10_000,
    () => `the span of an INVITE: ${spans.map(({ name, kind }) => `${name} ${kind}`).join(', ')}`,
  );
}

/** Every line about a leg of this trace, once it is closed, says of which call and trace it is. */
async function linesOf({ traceId }: Span): Promise<readonly Record<string, unknown>[]> {
  const mine = () => server.log.filter((line) => line['trace_id'] === traceId);
  await waitFor(
    () => mine().some(({ msg }) => msg === 'leg closed'),
    10_000,
    () => `the leg of the trace closed:\n${server.rawLog.slice(-3000)}`,
  );
  return mine();
}

test('one trace: the request, the INVITE, the answer, the webhook', async () => {
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
  assert.equal(Number(attribute(invite, 'sip.response.status_code')?.intValue), 200);
  assert.equal(Number(attribute(request, 'http.response.status_code')?.intValue), 200);
  const hook = await waitFor(
    () => hooks.find((one) => one.traceparent?.startsWith(`00-${traceId}-`)),
    10_000,
    () => `a webhook of the trace: ${JSON.stringify(hooks)}`,
  );
  assert.notEqual(hook.traceparent, traceparent, 'it is a span of its own');
  // The conference ends before the next test calls into it: who comes into one that runs is in a call of another trace.
  await server.quiet();
});

test('a call that comes in begins a trace, which its webhooks and its lines in the log name', async () => {
  for (const [dialled, keys, room] of [
    ['201*1', '', ['201', '1']],
    ['200', '3#2233#', ['200', '3']],
  ] as [string, string, [string, string]][]) {
    const told = hooks.length;
    const before = spans.length;
    const call = phone.dial(dialled, { from: 'guest' });
    await call.answered;
    const invite = await inviteAfter(before);
    assert.equal(invite.parentSpanId ?? '', '');
    assert.equal(Number(attribute(invite, 'sip.response.status_code')?.intValue), 200);
    if (keys !== '') await call.press(keys);
    await server.conferenceOf(...room, 1);
    await waitFor(
      () => hooks.slice(told).some((one) => one.traceparent?.startsWith(`00-${invite.traceId}-`)) || keys !== '',
      10_000,
      () => `a webhook of the trace: ${JSON.stringify(hooks.slice(told))}`,
    );
    call.hangUp();
    const lines = await linesOf(invite);
    const closed = lines.find(({ msg }) => msg === 'leg closed');
    for (const key of ['call', 'leg', 'trace_id', 'span_id'])
      assert.ok(closed?.[key], `${key} of ${JSON.stringify(closed)}`);
    const of = server.log.filter((line) => line['leg'] === closed?.['leg'] || line['call'] === closed?.['call']);
    for (const line of of) assert.equal(line['trace_id'], invite.traceId, JSON.stringify(line));
    assert.ok(lines.some(({ msg }) => msg === 'call began'));
  }
});

test('a call that comes in and leads out is one trace; one that is refused says so', async () => {
  carrier.onCall = (call) => {
    call.answer();
    return true;
  };
  const before = spans.length;
  const call = phone.dial('3235742879', {
    from: '102',
    credentials: { username: '102', password: new Secret(sipPassword) },
  });
  await call.answered;
  const invite = await inviteAfter(before);
  const out = await waitFor(
    () => spans.find((span) => span.traceId === invite.traceId && span.kind === 3 && span.name === 'INVITE'),
    10_000,
    () => 'the span of the INVITE to the carrier',
  );
  assert.equal(out.parentSpanId, invite.spanId);
  call.hangUp();
  const [closed] = (await linesOf(invite)).filter(({ msg }) => msg === 'leg closed');
  assert.ok(closed?.['call'] !== undefined);

  const later = spans.length;
  const refused = phone.dial('987', { from: 'guest' });
  await assert.rejects(refused.answered);
  const span = await inviteAfter(later);
  assert.equal(span.status.code, 2);
  assert.equal(Number(attribute(span, 'sip.response.status_code')?.intValue), 404);
});

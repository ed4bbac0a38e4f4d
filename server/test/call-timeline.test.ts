import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { Phone } from './peers/baresip.ts';
import { hearsSound } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, otherOrganization, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { waitFor } from './peers/wait.ts';

/** What the administration tells of calls: the timeline, the signalling, the stream, and why something failed. */

interface Timeline {
  readonly call: {
    readonly calls: string[];
    readonly state: string;
    readonly kind: string;
    readonly conference: { readonly number: string } | null;
  };
  readonly lanes: readonly {
    readonly connection: string;
    readonly leg: string;
    readonly number: string;
    readonly spans: readonly { readonly kind: string; readonly from: string; readonly to: string | null }[];
    readonly samples: readonly {
      readonly level: number | null;
      readonly mos: number | null;
      readonly packets: number;
    }[];
  }[];
  readonly events: readonly { readonly seq: number; readonly callId: string; readonly text: string }[];
  readonly signalling: readonly { readonly method?: string; readonly status?: number; readonly leg: string }[];
  readonly why: readonly { readonly code: string; readonly sentence: string; readonly evidence: readonly number[] }[];
}

/** As `Timeline`, with `columns=true`. */
interface InColumns {
  readonly from: string;
  readonly lanes: readonly {
    readonly connection: string;
    readonly spans: readonly { readonly kind: string; readonly from: number[]; readonly to: (number | null)[] }[];
    readonly samples: Readonly<Record<'at' | 'level' | 'mos' | 'packets', (number | null)[]>>;
  }[];
  readonly events: Timeline['events'];
  readonly talking: readonly { readonly callId: string; readonly seq: number[]; readonly at: number[] }[];
}

/** What both forms tell, in an order of its own: numbers of events, spans and samples. */
function inRows({ events, lanes }: Timeline) {
  return {
    seqs: events.map(({ seq }) => seq),
    lanes: lanes.map(({ connection, samples, spans }) => ({
      connection,
      spans: spans.map(({ from, kind, to }) => `${kind} ${from} ${to}`).sort(),
      samples: samples.map(({ level, mos, packets }) => [level, mos, packets]),
    })),
  };
}

function inColumns({ events, from: begin, lanes, talking }: InColumns): ReturnType<typeof inRows> {
  const time = (ms: number | null | undefined) => (ms == null ? null : new Date(Date.parse(begin) + ms).toISOString());
  return {
    seqs: [...events, ...talking.flatMap(({ seq }) => seq.map((one) => ({ seq: one })))]
      .map(({ seq }) => seq)
      .sort((a, b) => a - b),
    lanes: lanes.map(({ connection, samples, spans }) => ({
      connection,
      spans: spans.flatMap(({ from, kind, to }) => from.map((at, i) => `${kind} ${time(at)} ${time(to[i])}`)).sort(),
      samples: samples.at.map((_, i) => [samples.level[i]!, samples.mos[i]!, samples.packets[i]!]),
    })),
  };
}

const skip = needs('baresip');
let server: PartylineServer;
const phones: Phone[] = [];

before(async () => {
  server = await PartylineServer.start({ config: { organizations: [testOrganization, otherOrganization] } });
  if (skip !== false) return;
  for (const [user, tone] of [
    ['101', 440],
    ['102', 700],
  ] as const) {
    phones.push(await Phone.start({ user, password: sipPassword, server: server.sipAddress, tone }));
  }
  await Promise.all(phones.map((phone) => phone.registered()));
});

after(async () => {
  await Promise.all(phones.map((phone) => phone.stop()));
  await server?.stop();
});

/** The server's stream of events, as they come. */
async function follow(path: string, more: Record<string, string> = {}) {
  const { login, password } = administrator;
  const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  const messages: { id: string | null; event: string; data: Record<string, unknown>; came: number }[] = [];
  const asking = httpRequest({ port: server.httpPort, path, headers: { authorization, ...more } });
  asking.end();
  const answer = await new Promise<IncomingMessage>((resolve) => asking.once('response', resolve));
  let text = '';
  answer.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
      const event = field('event');
      if (event === null) continue;
      messages.push({ id: field('id'), event, data: JSON.parse(field('data') ?? '{}'), came: Date.now() });
    }
  });
  answer.on('error', () => {});
  return { messages, end: () => asking.destroy() };
}

test('a conference on its timeline: lanes, every event of its log once, samples, SIP messages; live and afterwards', {
  skip,
}, async (t) => {
  const stream = await follow('/admin/v1/stream');
  const [one, two] = phones as [Phone, Phone];
  await one.dial('201*1');
  await two.dial('201*1');
  const conference = await server.conferenceOf('201', '1', 2);
  await hearsSound(one);
  const of = (kind: string) => stream.messages.filter(({ event }) => event === kind);
  await waitFor(() => of('sample').length > 2 && of('levels').length > 2, 5000, 'samples and levels on the stream');
  const [levels] = of('levels').at(-1)!.data['conferences'] as { call: string; levels: { level: number }[] }[];
  assert.equal(levels?.call, conference.id);
  const { conferences } = await server.get<{ conferences: { id: string }[] }>('/admin/v1/conferences/live');
  assert.deepEqual(
    conferences.map(({ id }) => id),
    [conference.id],
  );
  // Samples are written every five seconds: of each who is in it there is one by then.
  const live = await waitFor(
    async () => {
      const told = await server.get<Timeline>(`/admin/v1/calls/${conference.id}/timeline`);
      const sampled = told.lanes.every((lane) => lane.samples.some(({ mos, packets }) => packets > 0 && mos !== null));
      return sampled && told;
    },
    10_000,
    'samples of both',
  );
  assert.equal(live.call.state, 'running');
  assert.deepEqual(
    live.lanes.map(({ number, spans }) => [number, spans.some(({ kind, to }) => kind === 'present' && to === null)]),
    [
      ['101', true],
      ['102', true],
    ],
  );
  // Of who came later as well, by whatever id an interface gave.
  const { calls: seats } = await server.get<{ calls: { id: string; callUuid: string }[] }>('/api/v2/me/calls?fields=*');
  const [last] = live.lanes.slice(-1);
  const given = [last!.connection, last!.leg, seats[0]!.id, seats[0]!.callUuid.toLowerCase()];
  const shown = async (state: string) => {
    for (const id of given) {
      const { call } = await server.get<Timeline>(`/admin/v1/calls/${id}/timeline`);
      assert.deepEqual(
        [call.kind, call.state, call.conference?.number, call.calls],
        ['conference', state, '1', [conference.id]],
        id,
      );
      for (const path of ['', '/events', '/records', '/signalling']) {
        assert.equal((await server.request(`/admin/v1/calls/${id}${path}`, administrator)).status, 200, id + path);
      }
    }
  };
  await shown('running');
  await one.hangup();
  await two.hangup();
  await server.quiet();
  await shown('ended');
  const told = async () => {
    const logged = await server.events(conference.id);
    const seqs = of('event')
      .filter(({ data }) => data['callId'] === conference.id)
      .map(({ data }) => data['seq']);
    return logged.length === seqs.length && logged;
  };
  const logged = await waitFor(told, 5000, 'every event on the stream');
  // A leg that is gone has one sample more, which says nothing of how loud it was.
  const sampled = async () =>
    (await server.get<Timeline>(`/admin/v1/calls/${conference.id}/timeline`)).lanes.every(
      ({ samples }) => samples.at(-1)?.level === null,
    );
  await waitFor(sampled, 5000, 'the last samples of both');
  stream.end();
  const late = of('event').map(({ came, data }) => came - Date.parse(String(data['at'])));
  const p95 = late.toSorted((a, b) => a - b)[Math.floor(late.length * 0.95)];
  t.diagnostic(`from an event to its message on the stream: p95 ${p95} ms of ${late.length}`);

  const { lanes, events, signalling, why, call } = await server.get<Timeline>(
    `/admin/v1/calls/${conference.id}/timeline`,
  );
  assert.equal(call.state, 'ended');
  assert.deepEqual(
    events.map(({ seq }) => seq),
    logged.map(({ seq }) => seq),
    'every event once, in order',
  );
  for (const { spans, samples } of lanes) {
    assert.ok(spans.some(({ kind, to }) => kind === 'talking' && to !== null));
    assert.ok(samples.some(({ packets, mos }) => packets > 0 && mos !== null));
  }
  // Again and again, as a page does that watches it.
  for (const from of [0, logged.length - 3, logged.length - 1]) {
    const after = logged[from]!.at;
    const news = await server.get<Timeline>(`/admin/v1/calls/${conference.id}/timeline?after=${after}`);
    assert.deepEqual(
      news.events.map(({ seq }) => seq),
      logged.filter(({ at }) => at >= after).map(({ seq }) => seq),
    );
    assert.equal(news.call.state, 'ended');
    // The same in columns: nothing more, nothing less.
    const columns = await server.get<InColumns>(
      `/admin/v1/calls/${conference.id}/timeline?columns=true&after=${after}`,
    );
    assert.deepEqual(inColumns(columns), inRows(news));
    const lasted = lanes.filter(({ spans }) => spans.some(({ to }) => to === null || to >= after));
    assert.deepEqual(
      news.lanes.map(({ connection }) => connection),
      lasted.map(({ connection }) => connection),
    );
  }
  assert.equal((await server.request(`/admin/v1/calls/${conference.id}/timeline?after=x`, administrator)).status, 400);
  assert.equal(signalling.filter(({ method }) => method === 'INVITE').length >= 2, true);
  assert.equal(signalling.filter(({ status }) => status === 200).length >= 4, true);
  assert.deepEqual(why, []);

  const half = of('event')[2]!;
  const again = await follow('/admin/v1/stream?kinds=event', { 'last-event-id': half.id ?? '' });
  await waitFor(() => again.messages.length >= of('event').length - 3, 5000, 'what was missed');
  assert.deepEqual(
    again.messages.map(({ id }) => id),
    of('event')
      .slice(3)
      .map(({ id }) => id),
  );
  again.end();

  const theirs = { login: 'other@example.test', password: 'correct-horse' };
  for (const path of ['timeline', 'signalling', 'signalling.pcap']) {
    assert.equal((await server.request(`/admin/v1/calls/${conference.id}/${path}`, theirs)).status, 404);
  }
});

test('signalling is masked, found by the Call-ID of the phone too, and a capture file', { skip }, async () => {
  const [one] = phones as [Phone];
  await one.dial('200*3*2233');
  const conference = await server.conferenceOf('200', '3', 1);
  await one.hangup();
  await server.quiet();
  const path = `/admin/v1/calls/${conference.id}`;
  const { messages } = await server.get<{ messages: { text: string; callId: string }[] }>(`${path}/signalling`);
  const all = messages.map(({ text }) => text).join('\n');
  assert.match(all, /^INVITE sip:200\*3\*xxxx@/m);
  assert.match(all, /^Authorization: Digest \*\*\*\r?$/m);
  assert.doesNotMatch(all, /\b2233\b/);
  const byCallId = await server.get<Timeline>(`/admin/v1/calls/${encodeURIComponent(messages[0]!.callId)}/timeline`);
  assert.deepEqual(byCallId.call.calls, [conference.id]);
  const known = `/admin/v1/calls/${encodeURIComponent(messages[0]!.callId)}`;
  assert.deepEqual((await server.get<{ calls: string[] }>(known)).calls, [conference.id]);
  const { events } = await server.get<{ events: { type: string }[] }>(`${known}/events`);
  assert.ok(events.some(({ type }) => type === 'connectionCleared'));
  assert.equal((await server.get<{ records: object[] }>(`${known}/records`)).records.length, 1);
  const theirs = { login: 'other@example.test', password: 'correct-horse' };
  assert.equal((await server.request(known, theirs)).status, 404);
  const capture = await server.request(`${path}/signalling.pcap`, administrator);
  assert.equal(capture.headers.get('content-type'), 'application/vnd.tcpdump.pcap');
  const bytes = Buffer.from(await capture.arrayBuffer());
  assert.equal(bytes.readUInt32LE(0), 0xa1b2c3d4);
  assert.doesNotMatch(bytes.toString('latin1'), /\b2233\b|response="[0-9a-f]{32}"/);
});

test('why: a phone that is not registered, and a conference that is full', { skip }, async () => {
  const [one, two] = phones as [Phone, Phone];
  await one.dialRefused('104');
  await one.dial('202*1');
  await server.conferenceOf('202', '1', 1);
  const before = two.events.length;
  await two.dial('202*1');
  await two.ended(20_000, before);
  await one.hangup();
  await server.quiet();
  const ended = await server.endedCalls();
  const codes: string[] = [];
  for (const { id } of ended.slice(0, 4)) {
    const { why, events } = await server.get<Timeline>(`/admin/v1/calls/${id}/timeline`);
    for (const { code, evidence } of why) {
      codes.push(code);
      assert.ok(evidence.length > 0 && evidence.every((seq) => events.some((event) => event.seq === seq)));
    }
  }
  assert.ok(codes.includes('notRegistered'), codes.join());
  assert.ok(codes.includes('conferenceFull'), codes.join());
});

test('two calls with one Call-ID and tag, of two organizations, are seen by their own alone', async () => {
  const guests = await Promise.all(['127.0.0.1', '127.0.0.2'].map((address) => RawSip.open(server.sipPort, address)));
  const [one, two] = guests as [RawSip, RawSip];
  const lines = requestLines('INVITE', '201*1', 'guest', ['Content-Type: application/sdp', 'X-Call: one']);
  // With another CSeq, as the same one would be a copy that came by another way (RFC 3261 §8.2.2.2).
  const theirs = lines.map((line) =>
    line.replace('201*1', '411*1').replace('X-Call: one', 'X-Call: two').replace('CSeq: 1', 'CSeq: 7'),
  );
  const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 0', ''];
  one.send(lines, sdp.join('\r\n'));
  two.send(theirs, sdp.join('\r\n'));
  const callId = /^Call-ID: (.*)$/m.exec(lines.join('\n'))?.[1] ?? '';
  for (const [client, asked] of [
    [one, lines],
    [two, theirs],
  ] as const) {
    const answer = await client.final(10_000);
    assert.match(answer, /^SIP\/2\.0 200/);
    const to = /^To: .*$/m.exec(answer)?.[0].trim() ?? '';
    const inside = (method: string, more: number) =>
      asked
        .filter((line) => !/^(Content-Type|Contact)/.test(line))
        .map((line) => {
          if (line.startsWith('To:')) return to;
          if (line.startsWith('Via:')) return `${line}-${method}`;
          return line
            .replace(/^INVITE/, method)
            .replace(/^CSeq: (\d) INVITE/, (_, n) => `CSeq: ${Number(n) + more} ${method}`);
        });
    client.send(inside('ACK', 0));
    client.send(inside('BYE', 1));
  }
  await server.quiet();
  const other = { login: 'other@example.test', password: 'correct-horse' };
  for (const [login, own, client] of [
    [administrator, 'one', one],
    [other, 'two', two],
  ] as const) {
    const answer = await server.request(`/admin/v1/calls/${encodeURIComponent(callId)}/signalling`, login);
    const { messages } = (await answer.json()) as { messages: { text: string; to: string; from: string }[] };
    assert.deepEqual(
      messages.map(({ text }) => text.split(' ').slice(0, text.startsWith('SIP') ? 2 : 1)).map((words) => words.at(-1)),
      ['INVITE', '100', '200', 'ACK', 'BYE', '200'].filter((word) => word !== '100' || hasTrying(messages)),
    );
    for (const { text } of messages) if (!text.startsWith('SIP')) assert.match(text, new RegExp(`X-Call: ${own}`));
    for (const { from, to } of messages) assert.ok([from, to].some((end) => end.endsWith(`:${client.port}`)));
  }
  for (const client of guests) client.close();
});

function hasTrying(messages: readonly { readonly text: string }[]): boolean {
  return messages.some(({ text }) => text.startsWith('SIP/2.0 100'));
}

test('without a call there is nothing of a stranger to see, and a stream needs a login', async () => {
  const client = await RawSip.open(server.sipPort);
  client.send(requestLines('INVITE', '999', 'guest', ['Content-Type: application/sdp']), 'v=0\r\n');
  const answer = await client.final(4000);
  client.close();
  const callId = /^Call-ID: (.*)$/m.exec(answer)?.[1]?.trim() ?? '';
  const path = `/admin/v1/calls/${encodeURIComponent(callId)}/signalling`;
  assert.equal((await server.request(path, administrator)).status, 404);
  assert.equal((await server.request('/admin/v1/stream')).status, 401);
});

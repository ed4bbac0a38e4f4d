import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { SeededRandom } from './base/random.ts';
import { parseConfig } from './config/load-config.ts';
import { configuredIn } from './configured.ts';
import { sandboxOrganization } from './directory/sandbox-organization.ts';
import { type WhereToLook, welcome } from './welcome.ts';

const { logins } = sandboxOrganization(new SeededRandom(1));
const where: WhereToLook = {
  http: 'http://127.0.0.1:8080',
  sip: { address: '::1', port: 5060 },
  domain: 'localhost',
  dataFolder: '/data',
  logins: null,
  sandboxBefore: false,
};
const sandboxNumbers = [
  { number: '3235550101', does: 'is busy' },
  { number: '555', does: 'rings for ever' },
];

test('a server with organizations of its own says where to look, last of all for scripts', () => {
  const lines = welcome(where);
  assert.equal(lines.at(-1), 'partyline ready http=http://127.0.0.1:8080 sip=[::1]:5060');
  const text = lines.join('\n');
  for (const path of ['/console', '/docs', '/healthz', '/metrics', '/admin/v1/calls'])
    assert.ok(text.includes(where.http + path), path);
  assert.doesNotMatch(text, /carrier in the box|curl|secret|\/sandbox/);
});

test('phones are given an address that they can be told, not that of all; scripts the one that is listened on', () => {
  const everywhere = { ...where, sip: { address: '0.0.0.0', port: 5070 }, sipShown: '192.0.2.7', logins };
  const lines = welcome(everywhere);
  assert.equal(lines.at(-1), 'partyline ready http=http://127.0.0.1:8080 sip=0.0.0.0:5070');
  const people = lines.slice(0, -1).join('\n');
  assert.doesNotMatch(people, /0\.0\.0\.0/);
  assert.equal(people.match(/192\.0\.2\.7:5070/g)?.length, 3);
});

test('the numbers of the carrier in the box are shown at every start, how to invite only with the logins', () => {
  const later = welcome({ ...where, sandboxBefore: true, sandboxNumbers }).join('\n');
  assert.match(later, /\n {4}3235550101 {3}is busy\n {4}555 {10}rings for ever\n/);
  assert.ok(later.includes('http://127.0.0.1:8080/sandbox'));
  assert.doesNotMatch(later, /curl/);
  // Without the carrier nobody would answer.
  assert.doesNotMatch(welcome({ ...where, logins }).join('\n'), /curl/);
  const first = welcome({ ...where, logins, sandboxNumbers }).join('\n');
  assert.match(first, /curl/);
  assert.ok(first.includes(logins.app.secret));
});

test('what is to be pasted into a shell gets a token and invites', async () => {
  const asked: { url: string; authorization: string | undefined; type: string | undefined; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization, 'content-type': type } = request.headers;
    asked.push({ url: `${request.method} ${request.url}`, authorization, type, body });
    response.setHeader('Content-Type', 'application/json');
    response.end(request.url?.startsWith('/oauth') ? '{"access_token":"to-k_e.n","expires_in":3600}' : '[]');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lines = welcome({ ...where, http, logins, sandboxNumbers });
  const from = lines.findIndex((line) => line.includes('TOKEN=$(curl'));
  const to = lines.findIndex((line) => line.includes('More of it'));
  try {
    const script = lines.slice(from, to).join('\n');
    await new Promise((resolve, reject) => {
      execFile('sh', ['-c', script], (error) => (error === null ? resolve(null) : reject(error)));
    });
  } finally {
    server.close();
  }
  const [token, invitation] = asked;
  assert.equal(token?.url, 'POST /oauth/token.php');
  assert.equal(token.body, `grant_type=client_credentials&client_id=demo-app&client_secret=${logins.app.secret}`);
  const pin = logins.conferences[0]?.participantPin;
  assert.equal(invitation?.url, `POST /uapi/phoneCalls/@me/conferenceInvite?number=3&pin=${pin}`);
  assert.deepEqual([invitation.authorization, invitation.type], ['Bearer to-k_e.n', 'application/json']);
  const phoneCallView = [{ source: ['211'], destination: ['3235742879'] }];
  assert.deepEqual(JSON.parse(invitation.body), { extension: '211', phoneCallView });
});

test('the first start says four things to do next, with the logins just made', () => {
  for (const numbers of [sandboxNumbers, []]) {
    const text = welcome({ ...where, logins, sandboxNumbers: numbers }).join('\n');
    const steps = /Four next steps\n([\s\S]*)\n\n/.exec(text)?.[1] ?? '';
    for (const step of ['1', '2', '3', '4']) assert.match(steps, new RegExp(`^ {4}${step}\\. `, 'm'));
    assert.match(steps, /http:\/\/127\.0\.0\.1:8080\/meet\/2113 /);
    assert.match(steps, /softphone as 15000 at \[::1\]:5060 and dial 211\*4/);
    for (const { sipPassword } of logins.phones) assert.ok(text.includes(sipPassword));
  }
  assert.doesNotMatch(welcome({ ...where, sandboxBefore: true, sandboxNumbers }).join('\n'), /next steps/);
});

test('a configuration of your own is confirmed in one line', () => {
  const lineOf = (text: string) => {
    const configured = configuredIn(parseConfig('my.yaml', text, '/data', 2));
    return welcome({ ...where, configured }).filter((line) => line.includes('my.yaml'));
  };
  assert.deepEqual(lineOf(''), [
    '  Config    my.yaml: no user, no phone, no conference, no trunk, no row of the dial plan',
  ]);
  const users = `[{ id: 1, extensions: [{ number: "1" }, { number: "2", type: conference, conferences: [{ number: 1 }, { number: 2 }] }] }, { id: 2 }]`;
  const trunk =
    'trunks: [{ name: a, uri: "sip:a.test" }]\ndialPlan: [{ match: "^1", trunk: a }, { match: "^2", trunk: a }]';
  assert.deepEqual(lineOf(`organizations: [{ id: 3, users: ${users} }]\n${trunk}`), [
    '  Config    my.yaml: 2 users, 1 phone, 2 conferences, 1 trunk, 2 rows of the dial plan',
  ]);
  assert.equal(configuredIn(parseConfig('partyline.yaml', '', '/data', 2, null)), null, 'no file, no line');
});

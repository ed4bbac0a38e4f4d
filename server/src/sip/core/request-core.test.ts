import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { Dialog } from '../dialog/dialog.ts';
import { DialogTable, type DialogUsage } from '../dialog/dialog-table.ts';
import { Methods } from '../dialog/methods.ts';
import type { UserAgentCore } from '../dialog/user-agent-core.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { parseMessage } from '../message/parse.ts';
import { createResponse } from '../message/response.ts';
import { message } from '../message/testing/wire.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import type { Registration } from './registration.ts';
import { RequestCore } from './request-core.ts';

const flow = { remote: { address: '10.0.0.1', port: 5060 }, closed: false, id: 'a' } as Flow;

function request(method: string, cseq: number, lines: string[] = []): SipRequest {
  const parsed = parseMessage(
    message(`${method} sip:b@10.0.0.2 SIP/2.0`, [
      'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
      `CSeq: ${cseq} ${method}`,
      'Contact: <sip:a@10.0.0.1>',
      ...lines,
    ]),
  );
  assert.ok(parsed.ok);
  return parsed.message as SipRequest;
}

const inside = 'To: <sip:b@10.0.0.2>;tag=ours';

function stage() {
  const answers: SipResponse[] = [];
  const methods = new Methods();
  const dialogs = new DialogTable(10);
  const core = {
    random: new SeededRandom(1),
    methods,
    dialogs,
    proven: { reached() {} },
    refers: { accepted: 0, refused: 0 },
    respond: (_transaction: ServerTransaction, response: SipResponse) => void answers.push(response),
  } as unknown as UserAgentCore;
  const requests = new RequestCore({
    core,
    registration: {} as Registration,
    onInvite() {},
    maxPending: 1,
    draining: () => false,
  });
  const ask = (asked: SipRequest): string => {
    requests.receive(asked, { request: asked, flow } as ServerTransaction);
    const { status, headers } = answers.at(-1)!;
    return [status, headers.get('Allow')].filter((part) => part !== null).join(' ');
  };
  const dialog = Dialog.fromRequest(request('INVITE', 1), 'ours', flow)!;
  /** A usage that takes this method and answers with this status, while it is alive. */
  const usage = (method: string, status: number): DialogUsage & { alive: boolean } => ({
    alive: true,
    receive(asked, transaction) {
      if (asked.method !== method || !this.alive) return false;
      core.respond(transaction, createResponse(asked, status));
      return true;
    },
  });
  return { methods, dialogs, ask, dialog, usage };
}

test('what is in the table is allowed, what is not is 405 inside dialogs and outside', () => {
  const { methods, dialogs, ask, dialog, usage } = stage();
  dialogs.add(dialog, usage('BYE', 200));
  const allow = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, REFER, REGISTER';
  assert.equal(methods.allow, allow);
  assert.equal(ask(request('UPDATE', 2)), `405 ${allow}`);
  assert.equal(ask(request('UPDATE', 3, [inside])), `405 ${allow}`);
  assert.equal(ask(request('REGISTER', 4, [inside])), `405 ${allow}`, 'there are none inside a dialog');
  assert.equal(ask(request('BYE', 5)), '481', 'there are none outside a dialog');
  assert.equal(ask(request('REFER', 6)), '403', 'nobody is in a call who could have it sent on');
});

test('every method of the registry, and one that is in none, is allowed or refused alike with and without a dialog', () => {
  const { methods, dialogs, ask, dialog, usage } = stage();
  dialogs.add(dialog, usage('OPTIONS', 200));
  const listed = new Set(methods.allow.split(', '));
  let cseq = 1;
  for (const method of ['NOTIFY', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE', 'UPDATE', 'HELLO']) {
    assert.ok(!listed.has(method), method);
    for (const lines of [[], [inside]])
      assert.equal(ask(request(method, ++cseq, lines)), `405 ${methods.allow}`, method);
  }
  for (const method of ['INFO', 'PRACK', 'BYE']) {
    assert.ok(listed.has(method), method);
    for (const lines of [[], [inside]]) assert.equal(ask(request(method, ++cseq, lines)), '481', method);
  }
  assert.equal(ask(request('OPTIONS', ++cseq, [inside])), '200');
  // A dialog that is over, or was another server's: nothing is said of the method.
  const elsewhere = 'To: <sip:b@10.0.0.2>;tag=nobody';
  for (const method of ['NOTIFY', 'BYE']) assert.equal(ask(request(method, ++cseq, [elsewhere])), '481', method);
});

test('one more method is one more line and a usage that takes it', () => {
  const { methods, dialogs, ask, dialog, usage } = stage();
  methods.add('SUBSCRIBE', { outside: null, inside: true });
  assert.match(methods.allow, /, REGISTER, SUBSCRIBE$/);
  const session = usage('BYE', 200);
  dialogs.add(dialog, session);
  assert.equal(ask(request('SUBSCRIBE', 2, [inside])), '481', 'no usage of this dialog takes it');
  const subscription = usage('SUBSCRIBE', 202);
  dialogs.add(dialog, subscription);
  assert.equal(ask(request('SUBSCRIBE', 3, [inside])), '202');
  assert.equal(ask(request('BYE', 4, [inside])), '200');
  assert.equal(ask(request('BYE', 4, [inside])), '500', 'the number is the dialog’s, whoever takes the request');
  assert.equal(ask(request('SUBSCRIBE', 5, [inside, 'Require: timer'])), '420');
});

test('the dialog lives as long as one of its usages', () => {
  const { dialogs, ask, dialog, usage } = stage();
  const session = usage('BYE', 200);
  const subscription = usage('INFO', 200);
  dialogs.add(dialog, session);
  dialogs.add(dialog, subscription);
  assert.equal(dialogs.size, 1);
  dialogs.remove(dialog, session);
  assert.equal(dialogs.size, 1);
  assert.equal(ask(request('INFO', 2, [inside])), '200');
  assert.equal(ask(request('BYE', 3, [inside])), '481');
  subscription.alive = false;
  assert.equal(ask(request('INFO', 4, [inside])), '481');
  dialogs.remove(dialog, subscription);
  dialogs.remove(dialog, subscription);
  assert.equal(dialogs.size, 0);
  assert.equal(ask(request('INFO', 5, [inside])), '481');
});

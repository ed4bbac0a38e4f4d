import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { trunkTo } from '../../directory/records.ts';
import { SipRequest } from '../../sip/message/message.ts';
import { parseMessage } from '../../sip/message/parse.ts';
import { createResponse } from '../../sip/message/response.ts';
import { serialize } from '../../sip/message/serialize.ts';
import { domain, password, until, type VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';

const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };

const session = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';

/** 20 ms of G.711 µ-law. */
function silence(number: number): Buffer {
  const packet = Buffer.alloc(12 + 160, 0xff);
  packet.writeUInt16BE(0x8000, 0);
  packet.writeUInt16BE(number & 0xffff, 2);
  packet.writeUInt32BE(number * 160, 4);
  packet.writeUInt32BE(0x1234, 8);
  return packet;
}

function heard(exchange: VirtualExchange): boolean {
  const events = [...exchange.store.callIds()].flatMap((callId) => exchange.store.log(callId));
  return events.some((event) => event.type === 'delivered' && event.data.early === true);
}

test('a key that a called party tells by INFO before its answer is one key of its connection', () =>
  withExchange({}, async (exchange, alice) => {
    const line = createSocket('udp4');
    const sound = createSocket('udp4');
    sound.bind(0, '127.0.0.1');
    await once(sound, 'listening');
    let invite: SipRequest | null = null;
    let exchangePort = 0;
    let speaking: NodeJS.Timeout | null = null;
    let packets = 0;
    const statuses: string[] = [];
    line.on('message', (bytes, { port }) => {
      const parsed = parseMessage(bytes);
      if (!parsed.ok) return;
      const { message } = parsed;
      if (!(message instanceof SipRequest)) statuses.push(`${message.status} ${message.cseq.method}`);
      else if (message.method === 'INVITE') {
        invite = message;
        exchangePort = port;
        const headers: [string, string][] = [
          ['Contact', `<sip:line@127.0.0.1:${line.address().port}>`],
          ['Content-Type', 'application/sdp'],
        ];
        const body = Buffer.from(`${session}m=audio ${sound.address().port} RTP/AVP 0\r\n`);
        const response = createResponse(message, 183, undefined, { toTag: 'line', headers });
        response.body = body;
        line.send(serialize(response), port, '127.0.0.1');
        const to = Number(/^m=audio (\d+)/m.exec(message.body.toString())?.[1]);
        speaking ??= setInterval(() => sound.send(silence(++packets), to, '127.0.0.1'), 20);
      } else if (message.method !== 'ACK') {
        line.send(serialize(createResponse(message, 200)), port, '127.0.0.1');
        const given = createResponse(invite as unknown as SipRequest, 487, undefined, { toTag: 'line' });
        if (message.method === 'CANCEL') line.send(serialize(given), port, '127.0.0.1');
      }
    });
    line.bind(0, '127.0.0.1');
    await once(line, 'listening');
    try {
      exchange.directory.trunks.push(trunkTo('carrier', `sip:127.0.0.1:${line.address().port}`, { optionsMs: null }));
      let hangUp = () => {};
      const call = alice.call(exchange.sip, '0700123', caller, (cancel) => {
        hangUp = cancel;
      });
      call.catch(() => {});
      await until('the INVITE', () => invite !== null);
      await until('the line to be heard', () => heard(exchange));
      const { callId, headers, fromTag } = invite as unknown as SipRequest;
      const press = (cseq: number, key: string) => {
        const info = [
          `INFO sip:partyline@127.0.0.1:${exchangePort} SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${line.address().port};branch=z9hG4bKkey${cseq}`,
          `From: ${headers.get('To')};tag=line`,
          `To: <sip:partyline@127.0.0.1>;tag=${fromTag}`,
          `Call-ID: ${callId}`,
          `CSeq: ${cseq} INFO`,
          'Max-Forwards: 70',
          'Content-Type: application/dtmf-relay',
          `Content-Length: ${`Signal=${key}`.length}`,
        ];
        line.send(`${info.join('\r\n')}\r\n\r\nSignal=${key}`, exchangePort, '127.0.0.1');
      };
      press(1, '1');
      await until('the answer to the first', () => statuses.length === 1);
      press(1, '1');
      press(2, '5');
      await until('the answer to the second', () => statuses.length === 3);
      assert.deepEqual(new Set(statuses), new Set(['200 INFO']), 'a copy is answered as before');
      await until('the keys in the log', () => {
        return exchange.logOf('call').filter((event) => event.startsWith('digitsGenerated')).length >= 2;
      });
      hangUp();
      await assert.rejects(call);
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('call').filter((event) => event.startsWith('digitsGenerated')).length, 2);
    } finally {
      if (speaking !== null) clearInterval(speaking);
      sound.close();
      line.close();
    }
  }));

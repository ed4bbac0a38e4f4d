import { join } from 'node:path';
import { systemClock } from '../../server/src/base/clock.ts';
import { silentLog } from '../../server/src/base/log.ts';
import type { LogStep } from '../../server/src/call/model/event-log.ts';
import type { CallEvent } from '../../server/src/call/model/events.ts';
import { QualityLog } from '../../server/src/observation/quality/quality-log.ts';
import { SegmentLog } from '../../server/src/observation/segments/segment-log.ts';
import { messageEntry, namingEntry } from '../../server/src/observation/signalling/entry.ts';
import { openSqliteStore } from '../../server/src/store/sqlite/sqlite-store.ts';

export const people = 50;
export const lastsMs = 2 * 3_600_000;
const id = 'b'.repeat(20);
const sampleMs = 5000;
/** Who talks changes so often, ms: 7200 times. */
const turnMs = 1000;
const comeEveryMs = 9000;

const idOf = (kind: string, n: number) => n.toString(16).padStart(20, kind);

/**
 * Writes two hours of fifty people into the data folder of a server that is not running, as it would have itself: every
 * event, a sample of each leg every 5 s, and the SIP messages. Returns the id of the call, and how many events it has.
 */
export async function writeLongConference(dataFolder: string): Promise<{ id: string; events: number }> {
  const began = Date.now() - lastsMs - 60_000;
  const events = conferenceEvents(began);
  const store = await openSqliteStore({ folder: dataFolder, clock: systemClock });
  for (let first = 0; first < events.length; first += 500) {
    const steps = events.slice(first, first + 500).map((event): LogStep => ({ events: [event], records: [] }));
    await store.calls.appendSteps(steps);
  }
  await store.close();
  await writeObserved(join(dataFolder, 'observation'), began);
  return { id, events: events.length };
}

function conferenceEvents(began: number): CallEvent[] {
  const events: CallEvent[] = [];
  const add = (at: number, type: CallEvent['type'], connection: string | null, data: object): void => {
    const cause = type === 'originated' ? 'newCall' : 'normal';
    events.push({ callId: id, seq: 0, at, type, connectionId: connection, cause, data } as unknown as CallEvent);
  };
  const conference = { conferenceId: '3-200-3', organizationId: '3', extensionId: '3-200', extensionNumber: '200' };
  const rules = { waitForModerator: false, closeWhenModeratorsLeave: false, announceCount: false, entryTone: false };
  const policy = { ...conference, ...rules, number: '3', name: 'All hands', roomSize: 60, record: 'never' };
  const call = {
    organizationId: '3',
    kind: 'conference',
    conference: { ...policy, musicWhileAlone: false, recordTone: false, locked: false },
    from: null,
    to: null,
    parent: null,
    data: {},
    destination: null,
  };
  for (let n = 0; n < people; n++) {
    const at = began + n * comeEveryMs;
    const connection = {
      id: idOf('c', n),
      legId: idOf('a', n),
      device: { kind: 'external', number: String(2025550100 + n), name: `Participant ${n + 1}`, extensionId: null },
      direction: 'incoming',
      role: n === 0 ? 'moderator' : 'participant',
    };
    add(at, 'originated', connection.id, { ...(n === 0 ? { call } : {}), connections: [connection] });
    add(at + 20, 'established', connection.id, {});
    for (let mute = 1; mute <= 6; mute++) {
      const muted = { muted: mute % 2 === 1, mutedBy: null };
      add(at + mute * 900_000 + n * 1000, 'dataChanged', connection.id, muted);
    }
    add(began + lastsMs - (people - n) * 200, 'connectionCleared', connection.id, { disposition: 'answered' });
  }
  for (let turn = 0; turn * turnMs < lastsMs - 60_000; turn++) {
    const at = began + 1000 + turn * turnMs;
    const here = Math.min(people, Math.floor((turn * turnMs) / comeEveryMs) + 1);
    const [before, next] = [idOf('c', (turn * 7) % here), idOf('c', ((turn + 1) * 7) % here)];
    add(at, 'talking', null, { started: [next], stopped: turn === 0 ? [] : [before] });
  }
  add(began + lastsMs, 'callCleared', null, {});
  events.sort((a, b) => a.at - b.at);
  return events.map((event, at) => ({ ...event, seq: at + 1 }));
}

async function writeObserved(folder: string, began: number): Promise<void> {
  const kept = { folder, log: silentLog, mostBytes: 1024 ** 3 };
  const quality = new QualityLog(new SegmentLog({ ...kept, suffix: 'samples' }));
  for (let at = began + sampleMs; at < began + lastsMs; at += sampleMs) {
    const here = Math.min(people, Math.floor((at - began) / comeEveryMs) + 1);
    const all = Array.from({ length: here }, (_, n) => {
      const lost = n === 12 && at % 900_000 < 120_000 ? 30 : 0;
      const level = -50 + ((n * 7 + at / sampleMs) % 40);
      return {
        legId: idOf('a', n),
        at,
        level,
        received: 250 - lost,
        lost,
        jitterMs: 2 + (n % 5),
        mos: lost > 0 ? 2.9 : 4.3,
      };
    });
    quality.append(at, all);
    // What waits for the disk is bounded.
    if (((at - began) / sampleMs) % 100 === 0) await new Promise((done) => setImmediate(done));
  }
  await quality.close();
  const signalling = new SegmentLog({ ...kept, suffix: 'signalling' });
  for (let n = 0; n < people; n++) {
    const [at, end] = [began + n * comeEveryMs, began + lastsMs - (people - n) * 200];
    signalling.append(Buffer.from(dialogOf(n, at, end).join(''), 'latin1'), at);
  }
  await signalling.close();
}

/** A call that came in and hung up: what is shown of it, in the order of time. */
function dialogOf(n: number, at: number, end: number): string[] {
  const [callId, tag, localTag, branch] = [`long-${n}@10.0.0.${n + 1}`, `f${n}`, `t${n}`, `z9hG4bK-${n}`];
  const remote = { address: `10.0.0.${n + 1}`, port: 5060 };
  const caller = { tag, branch, address: remote.address };
  const naming = namingEntry({ at, callId, organizationId: '3', legId: idOf('a', n), localTag, caller });
  const message = (direction: 'in' | 'out', when: number, first: string, cseq: string): string => {
    const head = [first, `Via: SIP/2.0/UDP ${remote.address};branch=${branch}`, `Call-ID: ${callId}`, `CSeq: ${cseq}`];
    const text = `${head.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`;
    const tags = { fromTag: tag, toTag: first.startsWith('INVITE') ? '' : localTag, branch };
    const local = { address: '10.0.0.100', port: 5060 };
    return messageEntry({ at: when, direction, transport: 'udp', local, remote, callId, ...tags, text });
  };
  return [
    naming,
    message('in', at, 'INVITE sip:200*3@partyline SIP/2.0', '1 INVITE'),
    message('out', at + 2, 'SIP/2.0 100 Trying', '1 INVITE'),
    message('out', at + 20, 'SIP/2.0 200 OK', '1 INVITE'),
    message('in', at + 30, 'ACK sip:200*3@partyline SIP/2.0', '1 ACK'),
    message('in', end, 'BYE sip:200*3@partyline SIP/2.0', '2 BYE'),
    message('out', end + 1, 'SIP/2.0 200 OK', '2 BYE'),
  ];
}

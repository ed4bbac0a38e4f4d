import type { Call } from '../../../../call/model/call.ts';
import { ownExtension } from '../../../../call/model/charged.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { CallerId, Device } from '../../../../call/model/device.ts';
import { chargedExtension, conferenceSide, type LivePhoneCall, partiesOf } from './live.ts';

/** 0 unknown, 1 off hook, 2 trying, 3 ringing, 4 other side is ringing, 5 on call. */
export type ViewStatus = 0 | 1 | 2 | 3 | 4 | 5;

/** Who is at one end, before it is decided how extension numbers are written. */
export type End =
  | { readonly extensionId: string; readonly number: string }
  | { readonly extensionId: null; readonly number: string };

/** A call from where one extension stands. */
export interface Perspective {
  /** `00`, `01` … */
  readonly id: string;
  readonly extensionId: string;
  /** What an update of this view is about; null when the extension is charged but has no phone in the call. */
  readonly connection: Connection | null;
  readonly source: readonly End[];
  readonly destination: readonly End[];
  /** 2 local, 4 to a public number, 8 from one. */
  readonly flow: 2 | 4 | 8;
  readonly status: ViewStatus;
  readonly callerId: CallerId | null;
  readonly ringing: number | null;
  readonly answered: number | null;
  /** Since when, and whether this end holds. */
  readonly onHold: number | null;
  readonly holder: boolean;
}

/** At least one. */
export function perspectivesOf(live: LivePhoneCall): Perspective[] {
  return live.connection === null ? betweenPhones(live) : withConference(live, live.connection);
}

/**
 * Those that are shown: between two public numbers the first alone. No extension stands at the other end, and one call
 * between one source and one destination is one view, as in the call detail records. Actions take the id of the other
 * one as well.
 */
export function shownPerspectives(live: LivePhoneCall): Perspective[] {
  const all = perspectivesOf(live);
  const strangers = live.connection === null && partiesOf(live.call).every(isStranger(live.call));
  return strangers ? all.slice(0, 1) : all;
}

const isStranger =
  (call: Call) =>
  ({ device }: Connection): boolean =>
    ownExtension(call, device) === null;

export function isAnswered({ state }: Connection): boolean {
  return state === 'connected' || state === 'hold';
}

/** One view of the conference extension and, for a phone of ours, one of the phone; who called comes first. */
function withConference({ call }: LivePhoneCall, connection: Connection): Perspective[] {
  const conference = conferenceSide(call);
  const phone = endOf(connection.device, call);
  const incoming = connection.direction === 'incoming';
  const room: readonly End[] = conference === null ? [] : [conference];
  const common = {
    connection,
    source: incoming ? [phone] : room,
    destination: incoming ? room : [phone],
    flow: connection.device.kind === 'extension' ? 2 : incoming ? 8 : 4,
    callerId: connection.shown ?? { name: connection.device.name, number: connection.device.number },
    ringing: connection.alertedAt,
    answered: connection.answeredAt,
    onHold: connection.heldAt,
  } as const;
  const ends: { extensionId: string; status: ViewStatus; holder: boolean }[] = [];
  if (conference !== null && connection.role !== 'supervisor') {
    const status = ({ initiated: 2, alerting: 4, connected: 5, hold: 5, fail: 0, null: 0 } as const)[connection.state];
    ends.push({ extensionId: conference.extensionId, status, holder: false });
  }
  if (phone.extensionId !== null || ends.length === 0) {
    const status = ({ initiated: 2, alerting: 3, connected: 5, hold: 5, fail: 0, null: 0 } as const)[connection.state];
    ends.push({ extensionId: phone.extensionId ?? '', status, holder: connection.heldAt !== null });
  }
  if (incoming) ends.reverse();
  return ends.map((end, at) => ({ ...common, ...end, id: viewId(at) }));
}

/**
 * One view of each phone of ours. Its id is its place in the order of coming into the call and never another's; who
 * calls from outside has no view and takes no place. If only strangers are in it, each has a view, on behalf of the
 * extension that is charged; where nobody is in it yet, that extension has one.
 */
function betweenPhones(live: LivePhoneCall): Perspective[] {
  const { call } = live;
  const parties = partiesOf(call);
  const { source, destination } = endsOf(call, parties);
  const strangers = parties.every(isStranger(call));
  const charged = chargedExtension(live) ?? '';
  // Numbers outside that were both called from here cost two calls out, whoever of them counts as the source.
  const bothCalled = strangers && parties.every(({ direction }) => direction === 'outgoing');
  const flow = source.some(isExternal) && !bothCalled ? 8 : destination.some(isExternal) ? 4 : 2;
  const common = { source, destination, flow } as const;
  const first = call.from?.kind === 'external' && !strangers ? 2 : 1;
  const holder = parties.find((one) => one.heldAt !== null);
  const views: Perspective[] = [];
  for (const connection of parties) {
    const extensionId = strangers ? charged : ownExtension(call, connection.device);
    if (extensionId === null) continue;
    views.push({
      ...common,
      id: viewId(Math.max(0, connection.ordinal - first)),
      extensionId,
      connection,
      status: statusOf(call, connection, parties),
      callerId: connection.shown ?? nameOf(connection.device),
      ringing: connection.alertedAt,
      answered: connection.answeredAt,
      onHold: holder?.heldAt ?? null,
      holder: connection.heldAt !== null,
    });
  }
  if (views.length > 0) return views;
  return [
    {
      ...common,
      id: viewId(0),
      extensionId: charged,
      connection: null,
      status: strangersStatus(call, parties),
      callerId: parties[0] === undefined ? null : (parties[0].shown ?? nameOf(parties[0].device)),
      ringing: null,
      answered: null,
      onHold: holder?.heldAt ?? null,
      holder: false,
    },
  ];
}

function viewId(at: number): string {
  return String(at).padStart(2, '0');
}

/**
 * Who calls and who is called, as it is now: the first in the call and the others; where only one is in it, as the call
 * began.
 */
function endsOf(call: Call, parties: readonly Connection[]): { source: End[]; destination: End[] } {
  const ends = parties.map((party) => endOf(party.device, call));
  if (call.destination !== null) return { source: ends, destination: [endOf(call.destination.device, call)] };
  if (parties.length > 1) {
    // Phones that ring together for one place are all at the same end.
    const hunt = parties[0]?.hunt ?? null;
    const firsts =
      hunt === null
        ? 1
        : Math.max(
            1,
            parties.findIndex((party) => party.hunt !== hunt),
          );
    return { source: ends.slice(0, firsts), destination: ends.slice(firsts) };
  }
  return {
    source: call.from === null ? ends : [endOf(call.from, call)],
    destination: call.to === null ? [] : [endOf(call.to, call)],
  };
}

export function endOf(device: Device, call: Call): End {
  return { extensionId: ownExtension(call, device), number: device.number } as End;
}

function isExternal(end: End): boolean {
  return end.extensionId === null;
}

function nameOf(device: Device): CallerId {
  return { name: device.name, number: device.number };
}

function statusOf(call: Call, connection: Connection, parties: readonly Connection[]): ViewStatus {
  if (connection.state === 'alerting') return 3;
  if (connection.state === 'fail' || connection.state === 'null') return 0;
  if (connection.state === 'initiated' && connection.direction === 'outgoing') return 2;
  const others = parties.filter((other) => other !== connection);
  if (call.parked !== null) return 5;
  if (others.some(isAnswered)) return isAnswered(connection) ? 5 : 4;
  return others.some((other) => other.state === 'alerting') ? 4 : 2;
}

function strangersStatus(call: Call, parties: readonly Connection[]): ViewStatus {
  if (call.parked !== null || parties.filter(isAnswered).length > 1) return 5;
  return parties.some((party) => party.state === 'alerting') ? 4 : 2;
}

import type { HostPort } from '../../base/host-port.ts';
import type { NamedDialog } from '../../legs/sip/dialog-names.ts';
import type { IdSet } from '../segments/id-set.ts';

export type WireKind = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** One message as it went over the wire, without its secrets. */
export interface TracedMessage {
  /** ms since the epoch. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly transport: WireKind;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly callId: string;
  /** Of From and To, and of the topmost Via; '' where there is none. */
  readonly fromTag: string;
  readonly toTag: string;
  readonly branch: string;
  /** Bytes as Latin-1. */
  readonly text: string;
}

/** Whose a dialog is: that of a leg, or of a caller who was refused before there was a leg. */
export interface Naming extends NamedDialog {
  readonly at: number;
  readonly organizationId: string;
  /** Null: there was none. */
  readonly legId: string | null;
}

export type Entry = ({ readonly is: 'message' } & TracedMessage) | ({ readonly is: 'naming' } & Naming);

/*
 * One line, its fields between tabs, then as many bytes of text as it says and a line feed:
 *
 *   in|out, time, Call-ID, length, transport, local address, its port, remote address, its port, From tag, To tag,
 *     branch
 *   dialog, time, Call-ID, 0, organization, leg, local tag, the caller's tag, its branch, its address
 *
 * Versions before wrote no tags, and `leg` or `organization` in place of `dialog`: theirs are passed over.
 */

/** As text of Latin-1, so that many are made bytes in one go. */
export function messageEntry(message: TracedMessage): string {
  const { at, direction, transport, local, remote, callId, fromTag, toTag, branch, text } = message;
  const way = `${transport}\t${local.address}\t${local.port}\t${remote.address}\t${remote.port}`;
  return `${direction}\t${at}\t${callId}\t${text.length}\t${way}\t${fromTag}\t${toTag}\t${branch}\n${text}\n`;
}

export function namingEntry({ at, callId, organizationId, legId, localTag, caller }: Naming): string {
  const { tag, branch, address } = caller ?? { tag: '', branch: '', address: '' };
  const fields = [organizationId, legId ?? '', localTag, tag, branch, address].map((id) => plain(onWire(id)));
  return `dialog\t${at}\t${plain(onWire(callId))}\t0\t${fields.join('\t')}\n\n`;
}

/**
 * An identifier that was read from a message as its bytes, as Latin-1. As what it was read, `Ċ` (U+010A) would be
 * written as a line feed, and begin what its sender likes.
 */
export function onWire(id: string): string {
  return Buffer.byteLength(id) === id.length ? id : Buffer.from(id, 'utf8').toString('latin1');
}

/** An identifier as it stands in an entry. */
export function plain(id: string): string {
  const short = id.length > mostOfId ? id.slice(0, mostOfId) : id;
  return /[\t\r\n]/.test(short) ? short.replace(/[\t\r\n]/g, ' ') : short;
}

const mostOfId = 255;
/** More than any line here has. */
const mostOfLine = 2000;

/**
 * The entries in this piece of the log whose Call-ID (or, of a naming, whose leg) is wanted. What is torn or damaged
 * ends it. `seen` is told all that could have been wanted.
 */
export function* readEntries(
  bytes: Buffer,
  wanted: { readonly callIds: ReadonlySet<string>; readonly legIds: ReadonlySet<string> },
  seen: IdSet | null = null,
): Generator<Entry> {
  for (let start = 0; start < bytes.length; ) {
    const lineEnd = bytes.indexOf(0x0a, start);
    if (lineEnd < 0 || lineEnd - start > mostOfLine) return;
    const [kind, time, callId = '', length, ...rest] = bytes.toString('latin1', start, lineEnd).split('\t');
    const end = lineEnd + 1 + Number(length);
    if (!(end < bytes.length)) return;
    const at = Number(time);
    seen?.add(callId);
    if (kind === 'in' || kind === 'out') {
      if (wanted.callIds.has(callId)) {
        const [transport, localAddress = '', localPort, remoteAddress = '', remotePort, ...ids] = rest;
        const [fromTag = '', toTag = '', branch = ''] = ids;
        yield {
          is: 'message',
          at,
          direction: kind,
          transport: transport as WireKind,
          local: { address: localAddress, port: Number(localPort) },
          remote: { address: remoteAddress, port: Number(remotePort) },
          ...{ callId, fromTag, toTag, branch },
          text: bytes.toString('latin1', lineEnd + 1, end),
        };
      }
    } else if (kind === 'dialog') {
      const [organizationId = '', leg = '', localTag = '', tag = '', branch = '', address = ''] = rest;
      seen?.add(leg);
      if (wanted.callIds.has(callId) || wanted.legIds.has(leg)) {
        const caller = address === '' ? null : { tag, branch, address };
        yield { is: 'naming', at, callId, organizationId, legId: leg === '' ? null : leg, localTag, caller };
      }
    } else if (kind !== 'leg' && kind !== 'organization') return;
    start = end + 1;
  }
}

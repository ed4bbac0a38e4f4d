import type { HostPort } from '../../base/host-port.ts';

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
  /** Bytes as Latin-1. */
  readonly text: string;
}

/** Whose a SIP Call-ID is: that of a leg, or of a caller who was refused before there was a leg. */
export interface Naming {
  readonly at: number;
  readonly callId: string;
  readonly of: 'leg' | 'organization';
  readonly id: string;
}

export type Entry = ({ readonly is: 'message' } & TracedMessage) | ({ readonly is: 'naming' } & Naming);

/*
 * One line, its fields between tabs, then as many bytes of text as it says and a line feed:
 *
 *   in|out, time, Call-ID, length, transport, local address, its port, remote address, its port
 *   leg|organization, time, Call-ID, 0, id
 */

/** As text of Latin-1, so that many are made bytes in one go. */
export function messageEntry(message: TracedMessage): string {
  const { at, direction, transport, local, remote, callId, text } = message;
  const way = `${transport}\t${local.address}\t${local.port}\t${remote.address}\t${remote.port}`;
  return `${direction}\t${at}\t${callId}\t${text.length}\t${way}\n${text}\n`;
}

export function namingEntry({ at, callId, of, id }: Naming): string {
  return `${of}\t${at}\t${plain(callId)}\t0\t${plain(id)}\n\n`;
}

/** A Call-ID as it stands in an entry. */
export function plain(id: string): string {
  return /[\t\r\n]/.test(id) ? id.replace(/[\t\r\n]/g, ' ') : id;
}

/**
 * The entries in this piece of the log whose Call-ID (or, of a naming, whose id) is wanted. What is torn or damaged
 * ends it.
 */
export function* readEntries(
  bytes: Buffer,
  wanted: { readonly callIds: ReadonlySet<string>; readonly ids: ReadonlySet<string> },
): Generator<Entry> {
  for (let start = 0; start < bytes.length; ) {
    const lineEnd = bytes.indexOf(0x0a, start);
    if (lineEnd < 0 || lineEnd - start > 1000) return;
    const [kind, time, callId = '', length, ...rest] = bytes.toString('latin1', start, lineEnd).split('\t');
    const end = lineEnd + 1 + Number(length);
    if (!(end < bytes.length)) return;
    const at = Number(time);
    if (kind === 'in' || kind === 'out') {
      if (wanted.callIds.has(callId)) {
        const [transport, localAddress = '', localPort, remoteAddress = '', remotePort] = rest;
        yield {
          is: 'message',
          at,
          direction: kind,
          transport: transport as WireKind,
          local: { address: localAddress, port: Number(localPort) },
          remote: { address: remoteAddress, port: Number(remotePort) },
          callId,
          text: bytes.toString('latin1', lineEnd + 1, end),
        };
      }
    } else if (kind === 'leg' || kind === 'organization') {
      const [id = ''] = rest;
      if (wanted.ids.has(id) || wanted.callIds.has(callId)) yield { is: 'naming', at, callId, of: kind, id };
    } else return;
    start = end + 1;
  }
}

import type { RemoteInfo } from 'node:dgram';

export type PacketListener = (packet: Buffer, from: RemoteInfo) => void;

/**
 * Two ports that datagrams come to and leave by, RTP's and RTCP's. What protects them (SRTP) is one too, around
 * another.
 */
export interface DatagramPair {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  sendRtp(packet: Uint8Array, port: number, address: string): void;
  sendRtcp(packet: Uint8Array, port: number, address: string): void;
  /** Idempotent. */
  close(): void;
}

export type OpenPair = (onRtp: PacketListener, onRtcp: PacketListener) => Promise<DatagramPair>;

/**
 * One datagram, and when it came (`clock.monotonic()`). `packet` is good until the listener returns; listeners do not
 * throw.
 */
export type PacketListener = (packet: Buffer, address: string, port: number, nowMs: number) => void;

/** Two ports that datagrams come to and leave by, RTP's and RTCP's. */
export interface DatagramPair {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  /** `packet` may be changed as soon as this returns, though it may leave a little later. */
  sendRtp(packet: Uint8Array, port: number, address: string): void;
  sendRtcp(packet: Uint8Array, port: number, address: string): void;
  /** What was sent leaves first. Idempotent. */
  close(): void;
}

export type OpenPair = (onRtp: PacketListener, onRtcp: PacketListener) => Promise<DatagramPair>;

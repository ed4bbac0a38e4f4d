/** Where a datagram goes to or came from: an IP address in text (no brackets, no name) and a port. */
export interface HostPort {
  readonly address: string;
  readonly port: number;
}

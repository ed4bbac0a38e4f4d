/**
 * How a phone that was dialled refused, or the network on the way to it, in the words of SIP: for whoever waits for the
 * phone, and for the log. Checked by `legs/`: printable, short.
 */
export interface Refusal {
  /** 300 to 699. */
  readonly status: number;
  /** Value of a Reason header (RFC 3326). */
  readonly reason?: string;
  /** Value of a Warning header (RFC 3261 §20.43). */
  readonly warning?: string;
}

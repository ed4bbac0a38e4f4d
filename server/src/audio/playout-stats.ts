/** Counters since construction; packets unless said otherwise. The same object is updated in place. */
export interface PlayoutStats {
  /** All that came, duplicate and late ones included. */
  received: number;
  /** Never arrived, or too late to be played. */
  lost: number;
  /** Arrived after their turn (they count as lost too). */
  late: number;
  duplicate: number;
  /** Dropped unplayed: the buffer was too full, or the stream started anew. */
  discarded: number;
  /** Payloads that cannot be a packet of the codec. */
  malformed: number;
  /** Milliseconds of made-up sound. */
  concealed: number;
  /** Milliseconds of lost sound that the packet behind it told. */
  recovered: number;
  /** Times that a pitch period was taken out or played twice to follow the sender's clock or the network. */
  shortened: number;
  lengthened: number;
  /** Interarrival jitter, RFC 3550 6.4.1. */
  jitterMs: number;
  /** From the arrival of a packet to its playing, smoothed. */
  delayMs: number;
}

export function zeroStats(): PlayoutStats {
  return {
    received: 0,
    lost: 0,
    late: 0,
    duplicate: 0,
    discarded: 0,
    malformed: 0,
    concealed: 0,
    recovered: 0,
    shortened: 0,
    lengthened: 0,
    jitterMs: 0,
    delayMs: 0,
  };
}

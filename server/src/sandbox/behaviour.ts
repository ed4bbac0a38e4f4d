import type { Playable } from './sandbox-call.ts';

/** One thing a telephone does. The next follows when it is done; a call that ends ends its script. */
export type Step =
  /** 180, then wait. */
  | { readonly do: 'ring'; readonly ms: number }
  /** 183 with SDP and sound before the answer, then wait. */
  | { readonly do: 'early'; readonly sound: Playable; readonly ms: number }
  | { readonly do: 'answer' }
  | { readonly do: 'refuse'; readonly status: number }
  /** 302 to another number of the sandbox. */
  | { readonly do: 'redirect'; readonly to: string }
  | { readonly do: 'wait'; readonly ms: number }
  /** To its end; a sound that repeats lasts as long as the call. */
  | { readonly do: 'play'; readonly sound: Playable }
  | { readonly do: 'press'; readonly digits: string }
  | { readonly do: 'echo' }
  /** Until nothing was heard for `silentMs`, or `mostMs` are over. */
  | { readonly do: 'record'; readonly silentMs: number; readonly mostMs: number }
  /** From here on packets are lost and late, both ways. */
  | { readonly do: 'badNetwork'; readonly lossPercent: number; readonly delayMs: number }
  | { readonly do: 'hangUp' }
  /** Neither SIP nor RTP from here on. */
  | { readonly do: 'vanish' };

export interface Behaviour {
  readonly steps: readonly Step[];
  /** Hardly ever sends or hears anything: then it needs no ports of its own. */
  readonly quiet?: boolean;
  /** Gets no answer at all, not even 100. */
  readonly deaf?: boolean;
  /** Only over a reliable provisional response (RFC 3262): a caller who cannot is told 421. */
  readonly reliable?: boolean;
}

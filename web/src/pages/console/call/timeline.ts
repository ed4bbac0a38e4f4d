/** What the server tells of a call, as it is drawn: times in ms since the epoch. */

export type SpanKind = 'ringing' | 'present' | 'hold' | 'muted' | 'talking';

export interface Span {
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number | null;
}

export interface Sample {
  readonly at: number;
  readonly level: number | null;
  readonly loss: number;
  readonly jitterMs: number;
  readonly mos: number | null;
  readonly packets: number;
}

export interface Lane {
  readonly connection: string;
  readonly callId: string;
  readonly leg: string;
  readonly name: string;
  readonly number: string;
  readonly role: string;
  readonly direction: string;
  readonly from: number;
  readonly to: number | null;
  readonly spans: readonly Span[];
  readonly samples: readonly Sample[];
}

/** Something that happened, and what belongs to it. */
export interface Phrase {
  readonly code: string;
  readonly [detail: string]: string | number;
}

export interface CallEvent {
  readonly seq: number;
  readonly callId: string | null;
  readonly at: number;
  readonly type: string;
  readonly connection: string | null;
  readonly cause: string | null;
  /** In English; `says`: the same to be put into other words. */
  readonly text: string;
  readonly says: readonly Phrase[];
}

export interface Message {
  readonly at: number;
  readonly leg: string | null;
  readonly direction: 'in' | 'out';
  readonly transport: string;
  readonly from: string;
  readonly to: string;
  readonly method?: string;
  readonly status?: number;
  readonly reason?: string;
  readonly callId: string;
  readonly cseq: string | null;
}

export interface Why {
  readonly callId: string | null;
  readonly connection: string | null;
  readonly kind: 'refused' | 'failed' | 'dropped' | 'quality';
  readonly code: string;
  readonly sentence: string;
  readonly details: Readonly<Record<string, string | number | null>>;
  readonly evidence: readonly number[];
}

export interface Recording {
  readonly id: string;
  readonly callId: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly path: string;
}

export interface Timeline {
  readonly call: {
    readonly id: string;
    readonly calls: readonly string[];
    readonly kind: string;
    readonly state: 'running' | 'ended';
    readonly conference: { readonly number: string; readonly extension: string; readonly name: string } | null;
    readonly from: { readonly name: string; readonly number: string } | null;
    readonly to: { readonly name: string; readonly number: string } | null;
    readonly cause: string | null;
  };
  readonly from: number;
  readonly to: number | null;
  readonly lanes: readonly Lane[];
  readonly events: readonly CallEvent[];
  readonly signalling: readonly Message[];
  readonly why: readonly Why[];
  readonly recordings: readonly Recording[];
}

/** Who somebody is, in a word. */
export function nameOf({ name, number }: { readonly name: string; readonly number: string }): string {
  return name === '' ? number : name;
}

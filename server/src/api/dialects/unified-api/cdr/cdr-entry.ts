import type {
  PhoneCallFlow,
  PhoneCallOutcome,
  PhoneCallPart,
  PhoneCallParty,
  PhoneCallRecord,
  PhoneCallTally,
} from '../../../../call/model/phone-call-record.ts';
import { formatDate } from '../date.ts';

/** What there was between one source and one destination of an ended phone call. Both are plain texts here. */
export interface CdrView {
  readonly id: string;
  /** Whose perspective it is. */
  readonly extension: string;
  readonly source: string;
  readonly destination: string;
  /** 2 local, 4 outgoing public, 8 incoming public. */
  readonly flow: 2 | 4 | 8;
  readonly answered?: string;
  readonly disposition: number;
  /** Seconds it was answered for. */
  readonly duration: number;
}

export interface CdrEntry {
  readonly id: string;
  readonly extension: string;
  readonly ownerId: string;
  readonly ownerName: string;
  /** When the call entered the system. */
  readonly published: string;
  readonly answered?: string;
  readonly phoneCallView: readonly CdrView[];
}

/** `phoneCallStat`: type 0 incoming, 1 outgoing. */
export interface CdrStatistics {
  readonly type: 0 | 1;
  readonly total: number;
  readonly answered: number;
  readonly unanswered: number;
  readonly busy: number;
  readonly failed: number;
  readonly unknown: number;
  readonly unallowed: number;
}

/** By the number of the interface's `disposition` and `flow`. */
export const outcomes: readonly PhoneCallOutcome[] = [
  'answered',
  'busy',
  'failed',
  'noAnswer',
  'unknown',
  'notAllowed',
];
export const flows = { 2: 'local', 4: 'outgoing', 8: 'incoming' } as const satisfies Record<number, PhoneCallFlow>;
const flowNumbers = { local: 2, outgoing: 4, incoming: 8 } as const satisfies Record<PhoneCallFlow, keyof typeof flows>;

/** The organization whose calls are shown, and how its extensions are written. */
export interface Owner {
  readonly id: string;
  readonly name: string;
  readonly extendedNumber: (number: string) => string;
  /** The extended number of an extension; null where there is none (any more). */
  readonly numberOf: (extensionId: string) => string | null;
}

export function cdrEntry(call: PhoneCallRecord, owner: Owner): CdrEntry {
  const { id, publishedAt, answeredAt, parts } = call;
  return {
    id,
    extension: numberOf(call.charged, parts, owner),
    ownerId: owner.id,
    ownerName: owner.name,
    published: formatDate(publishedAt),
    ...(answeredAt === null ? {} : { answered: formatDate(answeredAt) }),
    phoneCallView: parts.map((part, index) => viewOf(part, index, owner)),
  };
}

export function cdrStatistics(tally: readonly PhoneCallTally[]): CdrStatistics[] {
  return ([0, 1] as const).map((type) => {
    const ofType = tally.filter(({ flow }) => (flow === 'incoming' ? 0 : 1) === type);
    const sum = (wanted: PhoneCallOutcome | null) =>
      ofType.reduce((all, { outcome, count }) => all + (wanted === null || outcome === wanted ? count : 0), 0);
    return {
      type,
      total: sum(null),
      answered: sum('answered'),
      unanswered: sum('noAnswer'),
      busy: sum('busy'),
      failed: sum('failed'),
      unknown: sum('unknown'),
      unallowed: sum('notAllowed'),
    };
  });
}

function viewOf(part: PhoneCallPart, index: number, owner: Owner): CdrView {
  const { source, destination, flow, outcome, answeredAt, endedAt, charged } = part;
  return {
    id: String(index).padStart(2, '0'),
    extension: numberOf(source.extensionId ?? destination.extensionId ?? charged, [part], owner),
    source: written(source, owner),
    destination: written(destination, owner),
    flow: flowNumbers[flow],
    ...(answeredAt === null ? {} : { answered: formatDate(answeredAt) }),
    disposition: outcomes.indexOf(outcome),
    duration: answeredAt === null ? 0 : Math.max(0, Math.round((endedAt - answeredAt) / 1000)),
  };
}

function written({ number, extensionId }: PhoneCallParty, owner: Owner): string {
  return extensionId === null ? number : owner.extendedNumber(number);
}

/** As the extension was called then, else as it is called now. Empty when there is none. */
function numberOf(extensionId: string | null, parts: readonly PhoneCallPart[], owner: Owner): string {
  if (extensionId === null) return '';
  const ends = parts.flatMap(({ source, destination }) => [source, destination]);
  const party = ends.find((end) => end.extensionId === extensionId);
  return party === undefined ? (owner.numberOf(extensionId) ?? '') : owner.extendedNumber(party.number);
}

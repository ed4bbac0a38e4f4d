import type { CallerId, Device } from '../../call/model/device.ts';
import { mostRedirections, type Redirection, type RedirectionReason } from '../../call/model/redirection.ts';
import { formatNameAddr, type NameAddr, parseNameAddr } from '../../sip/message/name-addr.ts';
import { numberOrName } from '../../sip/message/telephone-subscriber.ts';
import { type SipUri, sipUri } from '../../sip/message/uri.ts';
import type { IncomingInvite } from '../../sip/user-agent.ts';
import { clean, longestName, longestNumber } from './caller.ts';

/*
 * Who sent a call on, as SIP tells it: in Diversion (RFC 5806, what carriers speak), newest first, and in History-Info
 * (RFC 7044), oldest first, all that was called; RFC 7544 says how one is read as the other.
 *
 *   Diversion: <sip:102@example.test>;reason=no-answer;counter=1, <sip:101@example.test>;reason=user-busy;counter=1
 *
 *   History-Info: <sip:101@example.test>;index=1, <sip:102@example.test;cause=486>;index=1.1;mp=1,
 *     <sip:103@example.test;cause=408>;index=1.1.1;mp=1.1
 */

/** One that sent the call on, as it was told. `number` null: it is not to be shown. */
interface Told extends Redirection {
  readonly by: Extract<Device, { kind: 'external' }> | null;
}

/** Values of one message that are looked at: nobody sends a call on so often. */
const mostRead = 20;

/** By RFC 5806 §4; what is none of these is unknown. */
const reasons: Readonly<Record<string, RedirectionReason>> = {
  'user-busy': 'busy',
  'do-not-disturb': 'busy',
  'no-answer': 'noAnswer',
  unavailable: 'unavailable',
  'out-of-service': 'unavailable',
  unconditional: 'unconditional',
  'time-of-day': 'unconditional',
  'follow-me': 'unconditional',
  away: 'unconditional',
  deflection: 'deflected',
};

/** By RFC 4458 §2, as RFC 7544 §5 reads it. */
const causes: Readonly<Record<string, RedirectionReason>> = {
  302: 'unconditional',
  486: 'busy',
  408: 'noAnswer',
  480: 'deflected',
  487: 'deflected',
  503: 'unavailable',
  404: 'unknown',
};

/** What is said for each reason: in Diversion, and as a cause in History-Info. */
const said: Readonly<Record<RedirectionReason, readonly [reason: string, cause: number]>> = {
  unconditional: ['unconditional', 302],
  busy: ['user-busy', 486],
  noAnswer: ['no-answer', 408],
  unavailable: ['unavailable', 503],
  deflected: ['deflection', 480],
  transferred: ['unknown', 404],
  unknown: ['unknown', 404],
};

/**
 * Who sent this call on before it came here, oldest first; at most `mostRedirections`: who was called first, and the
 * latest. `deviceOf`: whom a number means here.
 */
export function redirectionsIn(
  { request: { headers } }: Pick<IncomingInvite, 'request'>,
  deviceOf: (told: CallerId) => Device | null,
): Redirection[] {
  // RFC 3323 §4.2, RFC 7044 §10.1: the history as a whole.
  const hidden = hidesHistory(headers.getAll('Privacy').join(';'));
  const diversions = diversionsIn(headers.getAll('Diversion').slice(0, mostRead));
  const history = historyIn(headers.getAll('History-Info').slice(0, mostRead));
  const told = diversions.length > history.length ? diversions : history;
  const kept = told.length <= mostRedirections ? told : [...told.slice(0, 1), ...told.slice(1 - mostRedirections)];
  return kept.map(({ by, reason }) => ({ by: by === null || hidden ? null : deviceOf(by), reason }));
}

function diversionsIn(values: readonly string[]): Told[] {
  const told: Told[] = [];
  for (const value of values) {
    const one = parseNameAddr(value);
    if (one === null) continue;
    const privacy = word(one.params.get('privacy')) ?? 'off';
    const by = privacy === 'full' || privacy === 'uri' ? null : partyOf(one, privacy === 'name');
    told.push({ by, reason: reasons[word(one.params.get('reason')) ?? ''] ?? 'unknown' });
    // It stands for several, of which the others are not told.
    const counted = Number(one.params.get('counter') ?? 1);
    for (let more = Math.min(counted, mostRead); more > 1; more--) told.push({ by: null, reason: 'unknown' });
  }
  return told.reverse();
}

/** Each entry that another says it was made from, by its cause or as its `mp`. */
function historyIn(values: readonly string[]): Told[] {
  const entries = values.flatMap((value) => parseNameAddr(value) ?? []);
  const told: Told[] = [];
  for (const [at, entry] of entries.entries()) {
    const mapped = entry.params.get('mp') ?? null;
    const reason = causes[entry.uri.params.get('cause') ?? ''];
    const before = mapped === null ? entries[at - 1] : entries.find(({ params }) => params.get('index') === mapped);
    if (before === undefined || before === entry || (mapped === null && reason === undefined)) continue;
    told.push({ by: hidesHistory(privacyOf(before.uri)) ? null : partyOf(before, false), reason: reason ?? 'unknown' });
  }
  return told;
}

/** Null where it is nobody's number. */
function partyOf({ uri, displayName }: NameAddr, nameHidden: boolean): Told['by'] {
  const number = clean(numberOrName(uri), longestNumber);
  if (number === '' || uri.host.toLowerCase() === 'anonymous.invalid') return null;
  return { kind: 'external', number, name: nameHidden ? '' : clean(displayName ?? '', longestName) };
}

function word(value: string | null | undefined): string | null {
  return value?.replaceAll('"', '').trim().toLowerCase() ?? null;
}

/** Of one entry alone: RFC 7044 §10.1.2. */
function privacyOf({ headers }: SipUri): string {
  for (const [name, value] of headers) if (name.toLowerCase() === 'privacy') return value;
  return '';
}

function hidesHistory(privacy: string): boolean {
  return privacy.split(/[;,]/).some((wish) => ['history', 'header', 'session'].includes(wish.trim().toLowerCase()));
}

/**
 * Tells whoever is called, at `target`, who sent the call on. `shownAs`: by what name and number; null, or without a
 * number: as somebody unknown.
 */
export function redirectionHeaders(
  redirections: readonly Redirection[],
  target: SipUri,
  domain: string,
  shownAs: (device: Device) => CallerId | null,
): [string, string][] {
  if (redirections.length === 0) return [];
  const parties = redirections.map(({ by }) => partyFor(by === null ? null : shownAs(by), domain));
  const diversions = redirections.map(({ reason }, at) => {
    const { party, hidden } = parties[at]!;
    return `${formatNameAddr(party)};reason=${said[reason][0]};counter=1;privacy=${hidden ? 'full' : 'off'}`;
  });
  const plain = { displayName: null, uri: { ...target, params: new Map(), headers: new Map() }, params: new Map() };
  const history = [...parties.map(({ party }) => party), plain].map((party, at) => {
    const params = new Map(party.uri.params);
    const before = redirections[at - 1];
    if (before !== undefined) params.set('cause', String(said[before.reason][1]));
    const mapped = at === 0 ? '' : `;mp=${indexAt(at - 1)}`;
    return `${formatNameAddr({ ...party, uri: { ...party.uri, params } })};index=${indexAt(at)}${mapped}`;
  });
  return [
    ['Diversion', diversions.reverse().join(', ')],
    ['History-Info', history.join(', ')],
  ];
}

/**
 * Tells a phone of ours who has transferred the call to it (RFC 3892 §3), as it is told of others who sent calls on:
 * never what the phone that did so has written of itself.
 */
export function referredBy(
  redirections: readonly Redirection[],
  domain: string,
  shownAs: (device: Device) => CallerId | null,
): [string, string][] {
  const last = redirections.at(-1);
  if (last?.reason !== 'transferred' || last.by === null) return [];
  const { party, hidden } = partyFor(shownAs(last.by), domain);
  return hidden ? [] : [['Referred-By', formatNameAddr(party)]];
}

/** Each was sent on from the one before (RFC 7044 §10.3). */
function indexAt(at: number): string {
  return `1${'.1'.repeat(at)}`;
}

function partyFor(shown: CallerId | null, domain: string): { readonly party: NameAddr; readonly hidden: boolean } {
  const hidden = shown === null || shown.number === '';
  const uri = hidden ? sipUri('anonymous', 'anonymous.invalid') : sipUri(shown.number, domain);
  return { party: { displayName: hidden || shown.name === '' ? null : shown.name, uri, params: new Map() }, hidden };
}

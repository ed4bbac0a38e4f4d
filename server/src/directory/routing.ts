import { Secret } from '../base/secret.ts';
import type { ConferenceDevice, ExtensionDevice } from '../call/model/device.ts';
import type { Caller, Route } from '../call/ports.ts';
import { type DialString, looksExternal, parseDialString } from './dial-string.ts';
import type { DirectoryIndex } from './directory-index.ts';
import { accountOf } from './directory-views.ts';
import type { ExtensionRecord } from './records.ts';

/**
 * Where a dialled number leads.
 *
 * | dialled                         | means                                                        |
 * |---------------------------------|--------------------------------------------------------------|
 * | `211`                           | extension of the caller's organization; from outside: the   |
 * |                                 | conference extension, if only one organization has it        |
 * | `0003*211`                      | extension of the organization with that prefix               |
 * | `3235550100`, `+3235550100`     | the extension with that public number                        |
 * | any of these `*3`, `*3*2233`    | conference 3 of it, with its PIN                             |
 * | anything else, from inside      | the first row of the dial plan that matches                  |
 *
 * Extensions and applications are inside: they reach everything of their organization and the conferences of others.
 * Trunks reach public numbers and conferences; guests reach conferences. What a caller may not reach is answered as
 * what is not there (404), so that nobody can list the phones. A number that the dial plan makes one of our public
 * numbers leads to that extension and not out and in again: that would cost two lines, and get round the limits of who
 * may be in what.
 */
export function route(index: DirectoryIndex, dialled: string, caller: Caller, aorOf: (id: string) => string): Route {
  const dialString = parseDialString(dialled);
  if (dialString === null) return notFound('not a number');
  const found = find(index, dialString, caller);
  if (found !== null && reaches(caller, found)) return toExtension(found, aorOf);
  // Somebody else's published number is dialled as any other, if the dial plan allows it.
  if (isInside(caller) && (found === null || found.byPublicNumber))
    return dialPlan(index, dialString.whole, accountFor(index, caller), aorOf);
  return notFound(found === null ? 'no such number' : `${caller.kind} may not reach this ${found.extension.type}`);
}

type Inside = Extract<Caller, { kind: 'extension' | 'application' }>;

export function isInside(caller: Caller): caller is Inside {
  return caller.kind === 'extension' || caller.kind === 'application';
}

/** Who is charged; null when nobody can be told. */
export function accountFor(index: DirectoryIndex, caller: Inside): string | null {
  if (caller.account !== undefined && caller.account !== null) return caller.account;
  const extension = caller.kind === 'extension' ? index.extension(caller.extensionId) : null;
  return extension === null ? null : accountOf(extension.organizationId, extension.userId);
}

interface Found {
  readonly extension: ExtensionRecord;
  /** What was dialled behind the number. */
  readonly rest: readonly string[];
  readonly byPublicNumber: boolean;
}

function find(index: DirectoryIndex, { parts }: DialString, caller: Caller): Found | null {
  const [first = '', second] = parts;
  const organization = second === undefined ? null : index.organizationByPrefix(first);
  if (organization !== null && second !== undefined) {
    const extension = index.extensionIn(organization.id, second);
    return extension === null ? null : { extension, rest: parts.slice(2), byPublicNumber: false };
  }
  const rest = parts.slice(1);
  const short = shortNumber(index, first, caller);
  const shortFound = short === null ? null : { extension: short, rest, byPublicNumber: false };
  const known = index.extensionByPublicNumber(first);
  const publicFound = known === null ? null : { extension: known, rest, byPublicNumber: true };
  // Inside, one's own numbers come first; from outside, the numbers that were published.
  return isInside(caller) ? (shortFound ?? publicFound) : (publicFound ?? shortFound);
}

function shortNumber(index: DirectoryIndex, number: string, caller: Caller): ExtensionRecord | null {
  if (isInside(caller)) return index.extensionIn(Number(caller.organizationId), number);
  const conferences = index.extensionsByNumber(number).filter((extension) => extension.type === 'conference');
  return conferences.length === 1 ? conferences[0]! : null;
}

function reaches(caller: Caller, { extension, byPublicNumber }: Found): boolean {
  if (extension.type === 'callback') return false;
  if (extension.type === 'conference') return true;
  switch (caller.kind) {
    case 'extension':
    case 'application':
      return caller.organizationId === String(extension.organizationId);
    case 'trunk':
      return byPublicNumber;
    case 'guest':
      return false;
  }
}

function toExtension(found: Found, aorOf: (id: string) => string): Route {
  return found.extension.type === 'conference' ? toConference(found) : toTerminal(found, aorOf);
}

function toTerminal({ extension, rest }: Found, aorOf: (id: string) => string): Route {
  if (rest.length > 0) return notFound('a phone has no conferences');
  return { kind: 'terminal', device: terminalDevice(extension), aor: aorOf(extension.id) };
}

function toConference({ extension, rest }: Found): Route {
  if (rest.length > 2) return notFound('too much behind the number');
  const [number = '', pin = ''] = rest;
  return {
    kind: 'conference',
    device: conferenceDevice(extension),
    organizationId: String(extension.organizationId),
    extensionId: extension.id,
    // `211*` and `211*3*` end where something could follow: what is empty is asked for.
    conferenceNumber: number === '' ? null : number,
    pin: pin === '' ? null : new Secret(pin),
  };
}

/** First match wins; no match = not allowed. */
function dialPlan(index: DirectoryIndex, whole: string, account: string | null, aorOf: (id: string) => string): Route {
  // Stars have a meaning here and none in the telephone network.
  if (whole.includes('*')) return notFound('no such number');
  const row = index.dialPlan.find(({ match }) => match.test(whole));
  if (row === undefined) {
    if (looksExternal(whole)) return { kind: 'refused', status: 403, why: 'no row of the dial plan allows it' };
    return notFound('no such number');
  }
  const { trunk, prepend, strip } = row.rule;
  const number = prepend + whole.slice(strip);
  // Whoever dialled the digits for an outside line, and nothing behind them.
  if (!/[0-9]/.test(number)) return notFound('the dial plan leaves no number');
  const own = index.extensionByPublicNumber(number);
  if (own !== null) return toExtension({ extension: own, rest: [], byPublicNumber: true }, aorOf);
  return { kind: 'trunk', trunk, number, account };
}

function notFound(why: string): Route {
  return { kind: 'refused', status: 404, why };
}

export function terminalDevice(extension: ExtensionRecord): ExtensionDevice {
  return { kind: 'extension', ...deviceFacts(extension) };
}

/** The extension as a device of the call model; null for one that is never in a call. */
export function deviceOf(extension: ExtensionRecord): ExtensionDevice | ConferenceDevice | null {
  switch (extension.type) {
    case 'terminal':
      return terminalDevice(extension);
    case 'conference':
      return conferenceDevice(extension);
    case 'callback':
      return null;
  }
}

export function conferenceDevice(extension: ExtensionRecord): ConferenceDevice {
  return { kind: 'conference', ...deviceFacts(extension) };
}

function deviceFacts(extension: ExtensionRecord) {
  return {
    organizationId: String(extension.organizationId),
    extensionId: extension.id,
    number: extension.number,
    name: extension.callerId.name === '' ? extension.number : extension.callerId.name,
  };
}

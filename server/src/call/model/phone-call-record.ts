/** What became of a phone call, or of a part of it. */
export type PhoneCallOutcome = 'answered' | 'busy' | 'failed' | 'noAnswer' | 'unknown' | 'notAllowed';

/** Within an organization, to a number outside, from one. */
export type PhoneCallFlow = 'local' | 'outgoing' | 'incoming';

export interface PhoneCallParty {
  readonly number: string;
  readonly extensionId: string | null;
}

/** What there was between one source and one destination. Times are ms since the epoch. */
export interface PhoneCallPart {
  readonly source: PhoneCallParty;
  readonly destination: PhoneCallParty;
  readonly charged: string | null;
  readonly flow: PhoneCallFlow;
  readonly outcome: PhoneCallOutcome;
  readonly answeredAt: number | null;
  readonly endedAt: number;
}

/**
 * A phone call as those who were in it know it, put together from call records. Two who talk to each other are one,
 * whoever else came and went; somebody in a conference, or on the way to one, is one of its own, with the id of the
 * leg.
 */
export interface PhoneCallRecord {
  readonly id: string;
  readonly organizationId: string;
  /** When it entered the server. */
  readonly publishedAt: number;
  readonly answeredAt: number | null;
  /** Id of the extension that is charged. */
  readonly charged: string | null;
  /** In the order in which they were recorded. Of an enquiry about extensions, only what these had to do with. */
  readonly parts: readonly PhoneCallPart[];
}

/** How a number is compared; it passes in any of its forms: of an extension, the short and the extended one. */
export interface NumberFilter {
  readonly op: 'contains' | 'equals' | 'startsWith' | 'present' | 'greaterThan' | 'lessThan' | 'inArray';
  readonly values: readonly string[];
}

/** How a time is compared: as whole seconds, or for `contains` and `startsWith` as the text `2012-06-27T14:08:55Z`. */
export interface TimeFilter {
  readonly op: NumberFilter['op'];
  readonly values: readonly (number | string)[];
}

export interface PhoneCallQuery {
  readonly organizationId: string;
  /** Of the organization's extended numbers, `0003` in `0003*211`. */
  readonly prefix: string;
  /** Phone calls that any of these took part in or is charged for; null: those of the whole organization. */
  readonly extensionIds: readonly string[] | null;
  /** publishedAt in [from, to); null: without end. */
  readonly from: number;
  readonly to: number | null;
  /** When its last record was written, in [savedFrom, savedTo). */
  readonly savedFrom?: number;
  readonly savedTo?: number;
  readonly published?: TimeFilter;
  readonly answered?: TimeFilter;
  /** One part has to pass all of these. */
  readonly source?: readonly NumberFilter[];
  readonly destination?: readonly NumberFilter[];
  readonly flow?: PhoneCallFlow;
  readonly outcome?: PhoneCallOutcome;
  /** By publishedAt. */
  readonly order: 'ascending' | 'descending';
  readonly offset: number;
  readonly limit: number;
}

/** How many phone calls went one way and ended alike, by the first part of each. */
export interface PhoneCallTally {
  readonly flow: PhoneCallFlow;
  readonly outcome: PhoneCallOutcome;
  readonly count: number;
}

/** A page of phone calls: how many there are, and which are on the page, to be read in parts by `phoneCalls`. */
export interface PhoneCallPage {
  readonly total: number;
  readonly tally: readonly PhoneCallTally[];
  readonly ids: readonly string[];
}

/** Phone calls by id, most of them at once. */
export interface PhoneCallsById {
  readonly organizationId: string;
  readonly extensionIds: readonly string[] | null;
  readonly ids: readonly string[];
}

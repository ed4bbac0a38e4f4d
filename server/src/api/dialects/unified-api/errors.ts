import { AppError } from '../../../base/app-error.ts';
import type { CallErrorCode } from '../../../call/model/call-error.ts';

interface Row {
  readonly status: number;
  readonly message: string;
}

const row = (status: number, message: string): Row => ({ status, message });
const invalid = (parameter: string, rest = ''): Row =>
  row(400, `Value supplied in ${parameter} parameter is missing or invalid.${rest === '' ? '' : ` ${rest}`}`);

/**
 * Every error of this interface: code, HTTP status, message. The codes down to `pc_phonecall_invalid` and their
 * messages are the documented ones, word for word, because clients compare them; the others are ours, in the same
 * manner.
 */
export const unifiedApiErrors = {
  user_invalid: row(
    400,
    'Value supplied in the URI-Fragment as userId is invalid. The parameter must reference the Id of an user or can be set to @owner, @me or @viewer.',
  ),
  extension_invalid: row(
    400,
    'Value supplied in the URI-Fragment as extension is invalid. The parameter must reference the number of an existing extension or can be set to @self.',
  ),
  access_denied: row(401, 'You are not authorized to use this request.'),
  internal_server_error: row(500, 'An internal server error occurred. Please contact the administrator.'),
  request_not_implemented: row(
    501,
    'You are not allowed to make the request because the operation is not implemented.',
  ),
  pc_duration_invalid: invalid(
    'callDuration',
    'The parameter must be set to a numeric value and represents the number of seconds a phone call must last.',
  ),
  pc_source_invalid: invalid(
    'source',
    'The parameter must be set to a list of extended or short extension numbers or public phone numbers.',
  ),
  pc_destination_invalid: invalid(
    'destination',
    'The parameter must be set to a list of extended or short extension numbers or public phone numbers.',
  ),
  pc_timeout_invalid: invalid('waitForPickup', 'The parameter must be numeric and higher than 0.'),
  pc_callerid_invalid: invalid(
    'callerId',
    'The parameter must be set to a value with the format: John Doe <+3334444>.',
  ),
  pc_pin_invalid: invalid('pin'),
  pc_number_invalid: invalid('number'),
  pc_phonecall_invalid: row(
    400,
    'Value supplied in phoneCallId from the URI-Fragment is invalid. The parameter must be set to an alpha-numeric value and reference an existing phone call.',
  ),
  count_invalid: row(400, 'Parameter count is invalid.'),
  startindex_invalid: row(400, 'Parameter startIndex is invalid.'),
  fields_invalid: row(400, 'Parameter fields is invalid.'),
  filterby_invalid: row(400, 'Parameter filterBy is invalid.'),
  filterop_invalid: row(400, 'Parameter filterOp is invalid.'),
  filtervalue_invalid: row(400, 'Parameter filterValue is invalid.'),
  sortorder_invalid: row(400, 'Parameter sortOrder is invalid.'),
  sortby_invalid: row(400, 'Parameter sortBy is invalid.'),
  /* Ours from here on: the documents name no code for these. */
  request_invalid: row(400, 'The request is malformed.'),
  resource_not_found: row(404, 'There is nothing at this address.'),
  request_too_large: row(413, 'The request is too large.'),
  pc_transfer_invalid: row(
    400,
    'Value supplied in allowPublicTransfer parameter is invalid. It must be true or false.',
  ),
  pc_video_invalid: row(400, 'Value supplied in video parameter is invalid. It must be true or false.'),
  pc_nonce_invalid: row(400, 'Value supplied in nonce parameter is invalid. It must be a text of 1 to 255 characters.'),
  pc_phonenumber_invalid: row(400, 'Value supplied in phoneNumber parameter is invalid.'),
  pc_action_invalid: row(
    400,
    'Value supplied in action parameter is missing or invalid. The parameter must be one of: Transfer, TransferToVoicemail, Park, UnPark, OnHold, OffHold, StartRecording, StopRecording, PickUp, BargeIn, Whisper, Monitor.',
  ),
  pc_view_invalid: invalid('phoneCallViewId', 'The parameter must be the id of a phoneCallView of this phone call.'),
  pc_sendcallto_invalid: invalid(
    'sendCallTo',
    'The parameter must be set to the number of an existing extension or, where allowed, a public phone number.',
  ),
  pc_transferfrom_invalid: invalid(
    'transferFromNumber',
    'The parameter must be set to the number of a party of this phone call.',
  ),
  pc_transfernumber_invalid: invalid(
    'transferNumber',
    'The parameter must be set to the number of a party of this phone call.',
  ),
  pc_format_invalid: invalid('format', 'The parameter must be set to wav.'),
  pc_parking_invalid: invalid('maxInParking', 'The parameter must be numeric, from 10 to 3600 seconds.'),
  pc_private_invalid: invalid('private', 'The parameter must be 0 or 1.'),
  pc_state_invalid: row(409, 'The phone call is not in a state in which this can be done.'),
  pc_unreachable: row(409, 'No phone is registered at this extension.'),
  destination_not_allowed: row(403, 'This number is not allowed to be called from here.'),
  pc_recording_invalid: row(409, 'This phone call may not be recorded.'),
  conference_full: row(409, 'The conference is full.'),
  conference_locked: row(409, 'The conference is locked.'),
  conference_closed: row(409, 'The conference is not open at this time.'),
  limit_exceeded: row(409, 'A limit of calls to public numbers is reached. Try again later.'),
  request_conflict: row(409, 'This request is in conflict with another one.'),
  too_many_requests: row(429, 'Too many requests. Try again later.'),
  service_unavailable: row(503, 'The service is not available now. Try again later.'),
} as const satisfies Record<string, Row>;

export type UnifiedApiErrorCode = keyof typeof unifiedApiErrors;

/**
 * An error as a client of this interface is told it. Other modules may bring codes of their own (`pce_type_invalid`,
 * …).
 */
export class UnifiedApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'UnifiedApiError';
    this.status = status;
    this.code = code;
  }
}

/** One row of the table; `message` where a request's documentation words it otherwise. */
export function unifiedApiError(code: UnifiedApiErrorCode, message?: string): UnifiedApiError {
  const { status, message: usual } = unifiedApiErrors[code];
  return new UnifiedApiError(status, code, message ?? usual);
}

/** What a client is told of a mistake that the rest of the server names in its own words. */
const ofAppError: Record<CallErrorCode, UnifiedApiErrorCode> = {
  invalidArgument: 'request_invalid',
  unauthenticated: 'access_denied',
  forbidden: 'pc_recording_invalid',
  notFound: 'pc_phonecall_invalid',
  conflict: 'request_conflict',
  invalidState: 'pc_state_invalid',
  callNotFound: 'pc_phonecall_invalid',
  connectionNotFound: 'pc_phonecall_invalid',
  destinationNotAllowed: 'destination_not_allowed',
  conferenceFull: 'conference_full',
  conferenceLocked: 'conference_locked',
  limitExceeded: 'limit_exceeded',
  tooManyRequests: 'too_many_requests',
  unavailable: 'service_unavailable',
  internal: 'internal_server_error',
};

/**
 * Whatever was thrown, as this interface tells it; null for a mistake of ours, which is told as internal_server_error.
 */
export function toUnifiedApiError(thrown: unknown): UnifiedApiError | null {
  if (thrown instanceof UnifiedApiError) return thrown;
  if (thrown instanceof AppError) {
    // What only one kind of leg can refuse is about the state of the call.
    const code = ofAppError[thrown.code as CallErrorCode] ?? 'pc_state_invalid';
    return unifiedApiError(code, code === 'limit_exceeded' ? whichLimit(thrown.details) : undefined);
  }
  // The store's own word for a full disk, or more than it can write.
  if (thrown instanceof Error && thrown.name === 'StoreError') return unifiedApiError('service_unavailable');
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (status === 413) return unifiedApiError('request_too_large');
  if (status === 429) return unifiedApiError('too_many_requests');
  if (status === 503) return unifiedApiError('service_unavailable');
  if (typeof status === 'number' && status >= 400 && status < 500) return unifiedApiError('request_invalid');
  return null;
}

const scopes: Readonly<Record<string, string>> = { total: '', user: ' of one user', conference: ' of one conference' };

/** There are several limits, and who is refused can only wait for the right one. Undefined: that is not said. */
function whichLimit({ scope, limit, bound }: AppError['details']): string | undefined {
  const whose = scopes[String(scope)];
  if (whose === undefined || typeof bound !== 'number') return undefined;
  const when = limit === 'perMinute' ? 'a minute' : 'at once';
  return `A limit of calls to public numbers is reached: ${bound} ${when}${whose}. Try again later.`;
}

/** The error body: `{"error":{"code","message"}}`. */
export function errorBody(error: UnifiedApiError): {
  readonly error: { readonly code: string; readonly message: string };
} {
  return { error: { code: error.code, message: error.message } };
}

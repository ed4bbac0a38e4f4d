import type { Device } from '../../../../call/model/device.ts';
import { formatDate } from '../date.ts';
import type { PhoneCallDirectory } from '../deps.ts';
import { pathPart } from '../links.ts';
import { formatCallerId } from './caller-id.ts';
import { chargedExtension, type LivePhoneCall, nonceOf, publishedAt } from './live.ts';
import { type End, endOf, type Perspective, shownPerspectives } from './perspectives.ts';
import type { RecordingTimes } from './recording-times.ts';

/** How a request is answered: what its client is shown of extensions and links. */
export interface Shown {
  readonly directory: Pick<PhoneCallDirectory, 'organization' | 'extensionById'>;
  readonly recordings: Pick<RecordingTimes, 'of'>;
  /** Scheme and host. */
  readonly base: string;
  /** `{userId}` as in the request. */
  readonly user: string;
  /** Extension numbers as the request writes them: `211`, or `0003*211`. */
  readonly form: 'short' | 'extended';
}

/**
 * A PhoneCall as it is answered. Fields without a value are left out; numbers are text, as clients of this interface
 * know them.
 */
export interface PhoneCallJson {
  readonly id: string;
  readonly extension: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly answered?: string;
  readonly published: string;
  readonly nonce?: string;
  readonly phoneCallView: readonly PhoneCallViewJson[];
  readonly links: { readonly self: string };
}

export interface PhoneCallViewJson {
  readonly id: string;
  readonly extension: string;
  readonly answered?: string;
  readonly status: string;
  readonly callerId?: string;
  readonly source: readonly string[];
  readonly destination: readonly string[];
  readonly flow: string;
  readonly ringing?: string;
  readonly recording?: string;
  readonly parked?: string;
  readonly parkedPos?: string;
  readonly parkedBy?: string;
  readonly onHold?: string;
  readonly holder?: string;
}

/** What `fields` may name. */
export const phoneCallFields = [
  'id',
  'extension',
  'ownerId',
  'ownerName',
  'answered',
  'published',
  'nonce',
  'phoneCallView',
  'links',
  'link',
] as const;

export function showPhoneCall(live: LivePhoneCall, shown: Shown): PhoneCallJson {
  const { call, id } = live;
  const extension = extensionNumber(shown, chargedExtension(live), '');
  const answered = answeredAt(live);
  const nonce = nonceOf(live);
  return {
    id,
    extension,
    ownerId: call.organizationId,
    ownerName: shown.directory.organization(call.organizationId)?.name ?? '',
    ...(answered === null ? {} : { answered: formatDate(answered) }),
    published: formatDate(publishedAt(live)),
    ...(nonce === null ? {} : { nonce }),
    phoneCallView: shownPerspectives(live).map((perspective) => showView(live, perspective, shown)),
    links: { self: linkTo(shown, extension, id) },
  };
}

/** `http://host/uapi/phoneCalls/@me/211/99735c54ff45a3a988f2` */
export function linkTo(shown: Pick<Shown, 'base' | 'user'>, extension: string, id: string): string {
  const slot = extension === '' ? '@self' : extension;
  return `${shown.base}/uapi/phoneCalls/${pathPart(shown.user)}/${pathPart(slot)}/${id}`;
}

/** The number of an extension in the form of the request. */
export function extensionNumber(
  shown: Pick<Shown, 'directory' | 'form'>,
  extensionId: string | null,
  unknown: string,
): string {
  const extension = extensionId === null ? null : shown.directory.extensionById(extensionId);
  if (extension === null) return unknown;
  return shown.form === 'short' ? extension.number : extension.extendedNumber;
}

/** When the call was answered, by both ends, ms since the epoch. It stays, whoever comes and goes. */
export function answeredAt({ call, connection }: LivePhoneCall): number | null {
  return connection === null ? call.answeredAt : connection.answeredAt;
}

function showView(live: LivePhoneCall, perspective: Perspective, shown: Shown): PhoneCallViewJson {
  const { call } = live;
  const { id, extensionId, source, destination, flow, status, callerId, ringing, answered, onHold } = perspective;
  const recording = call.recording ? shown.recordings.of(call.id) : null;
  return {
    id,
    extension: extensionNumber(shown, extensionId, ''),
    ...(answered === null ? {} : { answered: formatDate(answered) }),
    status: String(status),
    ...(callerId === null ? {} : { callerId: formatCallerId(callerId) }),
    source: source.map((end) => endNumber(shown, end)),
    destination: destination.map((end) => endNumber(shown, end)),
    flow: String(flow),
    ...(ringing === null ? {} : { ringing: formatDate(ringing) }),
    ...(recording === null ? {} : { recording: formatDate(recording) }),
    ...(call.parked === null ? {} : parkedView(live, call.parked, shown)),
    ...(onHold === null ? {} : { onHold: formatDate(onHold), holder: perspective.holder ? '1' : '0' }),
  };
}

function parkedView(
  { call }: LivePhoneCall,
  parked: { readonly at: number; readonly position: number; readonly by: Device },
  shown: Shown,
): Pick<PhoneCallViewJson, 'parked' | 'parkedPos' | 'parkedBy'> {
  return {
    parked: formatDate(parked.at),
    parkedPos: String(parked.position),
    parkedBy: endNumber(shown, endOf(parked.by, call)),
  };
}

function endNumber(shown: Shown, end: End): string {
  return end.extensionId === null || shown.form === 'short'
    ? end.number
    : extensionNumber(shown, end.extensionId, end.number);
}

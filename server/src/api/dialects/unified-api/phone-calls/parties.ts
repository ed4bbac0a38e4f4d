import { sameNumber } from '../../../../base/same-number.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import type { Device } from '../../../../call/model/device.ts';
import type { PhoneCallDirectory } from '../deps.ts';
import { conferenceSide, type LivePhoneCall, partiesOf } from './live.ts';

/**
 * Whether a number means this device: short, extended or public number of an extension, or the number dialled for
 * somebody outside, with a `+` or without.
 */
function isNumberOf(directory: Pick<PhoneCallDirectory, 'extensionById'>, device: Device, number: string): boolean {
  if (sameNumber(device.number, number)) return true;
  if (device.kind === 'external') return false;
  return isNumberOfExtension(directory, device.extensionId, number);
}

/**
 * The connections of a phone call, supervisors left out, that a number means. Of a leg of a conference it may be that
 * one alone.
 */
export function partiesByNumber(
  directory: Pick<PhoneCallDirectory, 'extensionById'>,
  { call, connection }: LivePhoneCall,
  number: string,
): readonly Connection[] {
  const candidates = connection === null ? partiesOf(call) : [connection];
  return candidates.filter((candidate) => isNumberOf(directory, candidate.device, number));
}

/** Whether a number means the conference at the other end of a leg. */
export function isConferenceNumber(
  directory: Pick<PhoneCallDirectory, 'extensionById'>,
  { call, connection }: LivePhoneCall,
  number: string,
): boolean {
  const conference = connection === null ? null : conferenceSide(call);
  if (conference === null) return false;
  return sameNumber(conference.number, number) || isNumberOfExtension(directory, conference.extensionId, number);
}

function isNumberOfExtension(
  directory: Pick<PhoneCallDirectory, 'extensionById'>,
  extensionId: string,
  number: string,
): boolean {
  const extension = directory.extensionById(extensionId);
  if (extension === null) return false;
  return (
    sameNumber(extension.number, number) ||
    sameNumber(extension.extendedNumber, number) ||
    extension.publicNumbers.some((own) => sameNumber(own, number))
  );
}

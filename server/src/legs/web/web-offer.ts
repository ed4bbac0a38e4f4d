import { AppError } from '../../base/app-error.ts';
import type { Random } from '../../base/random.ts';
import type { IceRestarted, WebRtcLocal } from '../../media/engine.ts';
import { type IceCredentials, readIceCredentials, writeIceFragment } from '../../sdp/ice-fragment.ts';
import { readWebOffer, type WebOffer, writeWebAnswer } from '../../sdp/web-session.ts';
import { type Agreed, agree } from './agreement.ts';

/** What a browser offers, and what of it is spoken. */
export interface ReadOffer {
  readonly offer: WebOffer;
  readonly agreed: Agreed;
}

/**
 * `listens`: it is to send nothing, whatever it offers. Errors: invalidArgument (details.code says `badOffer` or
 * `noAudio`), notAcceptableMedia.
 */
export function readOffer(text: string, listens = false): ReadOffer {
  const read = readWebOffer(text);
  if (!read.ok) throw new AppError('invalidArgument', read.detail, { code: read.code });
  const offer: WebOffer = listens ? { ...read.offer, direction: 'recvonly' } : read.offer;
  const agreed = agree(offer);
  if (agreed !== null) return { offer, agreed };
  const offered = offer.formats.map(({ codec }) => codec).join(', ');
  const why = `None of the offered codecs is spoken here: ${offered.slice(0, 200)}.`;
  throw new AppError('notAcceptableMedia', why, {}, 422);
}

/**
 * What a browser names itself in a fragment by which it restarts ICE. Errors: invalidArgument (details.code says
 * `badFragment`).
 */
export function readRestart(fragment: string, { offer }: ReadOffer): IceCredentials {
  const read = readIceCredentials(fragment, offer.mid);
  if (read !== null) return read;
  const why = 'A restart names ice-ufrag (4 to 256 letters) and ice-pwd (22 to 256), once each (RFC 8839 §5.4).';
  throw new AppError('invalidArgument', why, { code: 'badFragment' });
}

/** The fragment that answers it. */
export function restartedAs({ offer, agreed }: ReadOffer, restarted: IceRestarted): string {
  return writeIceFragment({ ...restarted, mid: offer.mid, payloadType: agreed.format.payloadType });
}

/** SDP. */
export function answerTo({ offer, agreed }: ReadOffer, local: WebRtcLocal, legId: string, random: Random): string {
  return writeWebAnswer(offer, { ...local, ...agreed, cname: legId, sessionId: String(random.int(0x7fff_ffff)) });
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../../../base/app-error.ts';
import { pick, type Query, readFields } from '../../collections/collection.ts';
import { unifiedApiError } from '../../errors.ts';
import { answer } from '../../json-answer.ts';
import { createdPhoneCall } from '../creation.ts';
import { chargedExtension, findLive, type LivePhoneCall } from '../live.ts';
import { readObject } from '../payload.ts';
import { liveOf, type PathScope, type PhoneCallDeps, type PhoneCallPath, scopeOf } from '../scope.ts';
import { extensionNumber, phoneCallFields, showPhoneCall } from '../view.ts';
import type { Perform } from './action.ts';
import { offHold, onHold } from './holding.ts';
import { bargeIn, monitor, pickUp, whisper } from './joining.ts';
import { park, unPark } from './parking.ts';
import { startRecording, stopRecording } from './recording.ts';
import { transfer, transferToVoicemail } from './transfer.ts';

interface ActionRow {
  readonly perform: Perform;
  /** May be asked of all phone calls of the extension, by leaving out the id. */
  readonly ofAll?: boolean;
  /** Answered as an array, also for one. */
  readonly asArray?: boolean;
}

/** `action` of a PhoneCallAction. */
const actions: Readonly<Record<string, ActionRow>> = {
  Transfer: { perform: transfer },
  TransferToVoicemail: { perform: transferToVoicemail },
  Park: { perform: park, asArray: true },
  UnPark: { perform: unPark },
  OnHold: { perform: onHold, ofAll: true },
  OffHold: { perform: offHold, ofAll: true },
  StartRecording: { perform: startRecording },
  StopRecording: { perform: stopRecording },
  PickUp: { perform: pickUp },
  BargeIn: { perform: bargeIn },
  Whisper: { perform: whisper },
  Monitor: { perform: monitor },
};

export const actionNames = Object.keys(actions);

/**
 * PUT …/{userId}/{extension}[/{phoneCallId}]: does something with a running phone call and answers what it is
 * afterwards.
 */
export async function updatePhoneCalls(
  deps: PhoneCallDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const scope = scopeOf(deps, request);
  const fields = readFields(request.query as Query, phoneCallFields);
  const given = readObject(request.body);
  const row = actionRow(given['action']);
  const chosen = liveOf(deps, request, scope);
  const isOne = (request.params as PhoneCallPath).phoneCallId !== undefined;
  if (isOne ? chosen.length === 0 : row.ofAll !== true) throw unifiedApiError('pc_phonecall_invalid');
  const shown: object[] = [];
  for (const live of chosen) {
    const performing = row.perform({ deps, request, scope, live, given });
    const next = await (isOne ? performing : performing.catch(passedOver));
    if (next === unchanged) continue;
    shown.push(pick(after(deps, request, scope, live, next), fields));
  }
  if (shown.length === 0) return answer(reply, 204, null);
  return answer(reply, 200, isOne && row.asArray !== true ? shown[0] : shown);
}

const unchanged = Symbol('unchanged');

/** Of all phone calls those that still ring, or have ended meanwhile, are left as they are. */
function passedOver(error: unknown): typeof unchanged {
  const expected = ['invalidState', 'callNotFound', 'connectionNotFound'];
  if (error instanceof AppError && expected.includes(error.code)) return unchanged;
  throw error;
}

function actionRow(name: unknown): ActionRow {
  const row = typeof name === 'string' && Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (row === undefined) throw unifiedApiError('pc_action_invalid');
  return row;
}

/** What the phone call is now; if it has ended meanwhile, what it was called. */
function after(
  deps: PhoneCallDeps,
  request: FastifyRequest,
  scope: PathScope,
  before: LivePhoneCall,
  next: string | null,
): object {
  const live = findLive(deps.runtime, request.principal.organizationId, next ?? before.id);
  if (live !== null) return showPhoneCall(live, scope.shown);
  const extension = extensionNumber(scope.shown, chargedExtension(before), '');
  return createdPhoneCall(scope.shown.base, scope.shown.user, extension, before.id);
}

import * as base from './base.ts';
import { Call } from './call/call.ts';
import * as callValues from './call/call-values.ts';
import { Calls } from './call/calls.ts';
import { callable } from './callable.ts';
import { Client } from './client.ts';
import { Chat, ChatMessage } from './conference/chat.ts';
import * as conference from './conference/conference.ts';
import {
  ActiveParticipant,
  ConferenceParticipant,
  DroppedParticipant,
  Participant,
  PendingParticipant,
} from './conference/participant.ts';
import * as config from './config.ts';
import * as enums from './enums.ts';
import * as media from './media.ts';
import { SdkPromise } from './promise.ts';
import { User } from './user.ts';

type Members = Readonly<Record<string, unknown>>;

/** Its classes callable without `new`; the rest as it is. */
function namespace(...parts: readonly Members[]): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) {
      all[name] = typeof value === 'function' && value.prototype !== undefined ? callable(value as never) : value;
    }
  }
  return all;
}

function pick(from: Members, names: readonly string[]): Members {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}

const callEnums = [
  'AlertType',
  'AudioMode',
  'CallDenialReason',
  'CallEndReason',
  'CallError',
  'CallProtocolType',
  'CallStates',
  'CallType',
  'DTMFTone',
  'MediaDirection',
  'TransferProgressCode',
  'VideoChannelDisabledReason',
  'VideoMode',
  'VideoNetworkSignalingType',
];
const conferenceEnums = [
  'CameraControl',
  'ChatMessageStatus',
  'ChatType',
  'ConferenceError',
  'ContentFromParticipantStatus',
  'DialoutStatus',
  'DisconnectReason',
  'HandState',
  'MediaFromParticipantStatus',
  'MediaToParticipantStatus',
  'MediaType',
  'MeetingEncryptionStatus',
  'ModeratorAdmissionActions',
  'ParticipantAuthorizationStatus',
  'ParticipantConnectionStatus',
  'ParticipantDisconnectionReason',
  'ParticipantMediaState',
  'ParticipantRole',
  'VideoLayout',
];
const baseEnums = ['CapabilityDenialReason', 'DataRetrievalStatus', 'DataSetChangeTypes', 'ErrorReasons'];

const { addLogger } = base;
const baseClasses = ['BaseError', 'Capability', 'DataRetrieval', 'DataSet', 'LoggerInterface', 'SettingsFileParser'];
const mediaClasses = [
  'AudioDevice',
  'AudioInputInterface',
  'AudioInterface',
  'AudioOutputInterface',
  'MediaInterface',
  'MediaServices',
  'VideoDevice',
  'VideoInterface',
];

const members = {
  User: callable(User),
  Config: namespace(config as Members, pick(enums, ['SecurityPolicy', 'VideoResolution'])),
  Base: {
    ...namespace(pick(base as Members, baseClasses), pick(media as Members, mediaClasses), pick(enums, baseEnums)),
    Promise: callable(SdkPromise),
    Utils: base.Utils,
    Logger: { addLogger: (logger: unknown) => addLogger(logger) },
    // Any jQuery is as good as none.
    Library: { jQuery: { setHandle: (handle: unknown) => handle !== undefined && handle !== null } },
  },
  Services: {
    Participant: callable(Participant),
    Call: namespace(callValues as Members, { Call, Calls }, pick(enums, callEnums)),
    Conference: {
      ...namespace(
        {
          ActiveParticipant,
          Chat,
          ChatMessage,
          Conference: conference.Conference,
          DroppedParticipant,
          PendingParticipant,
        },
        { Participant: ConferenceParticipant },
        pick(conference as Members, ['AdmissionResponseCode', 'ConferenceStartStatus', 'RecordingStatus']),
        pick(enums, conferenceEnums),
      ),
      ConferenceException: callable(conference.ConferenceException),
      RecentTalkersConfiguration: {},
    },
    Collaboration: {},
  },
};

/** The library: a constructor, with all its namespaces on it. */
export const AvayaClientServices = Object.assign(callable(Client), members);
export default AvayaClientServices;

import {
  addLogger,
  BaseError,
  Capability,
  DataRetrieval,
  DataSet,
  LoggerInterface,
  SettingsFileParser,
  Utils,
} from './base.ts';
import * as baseEnums from './base-enums.ts';
import { Call } from './call/call.ts';
import * as callEnums from './call/call-enums.ts';
import * as callValues from './call/call-values.ts';
import { Calls } from './call/calls.ts';
import { callable } from './callable.ts';
import { Client } from './client.ts';
import { KonvaContentSharingRenderer, KonvaWhiteboardRenderer } from './collaboration.ts';
import { Chat, ChatMessage } from './conference/chat.ts';
import { Conference } from './conference/conference.ts';
import * as conferenceEnums from './conference/conference-enums.ts';
import * as conferenceValues from './conference/conference-values.ts';
import { ActiveParticipant, ConferenceParticipant, DroppedParticipant, Participant } from './conference/participant.ts';
import { PendingParticipant } from './conference/pending.ts';
import * as config from './config.ts';
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

const baseClasses = { BaseError, Capability, DataRetrieval, DataSet, LoggerInterface, SettingsFileParser };

const members = {
  User: callable(User),
  Config: namespace(config as Members),
  Base: {
    ...namespace(baseClasses, media as Members, baseEnums),
    Promise: callable(SdkPromise),
    Utils,
    Logger: { addLogger: (logger: unknown) => addLogger(logger) },
    // Any jQuery is as good as none.
    Library: { jQuery: { setHandle: (handle: unknown) => handle !== undefined && handle !== null } },
  },
  Services: {
    Participant: callable(Participant),
    Call: namespace(callValues as Members, { Call, Calls }, callEnums),
    Conference: {
      ...namespace(
        { ActiveParticipant, Chat, ChatMessage, Conference, DroppedParticipant, PendingParticipant },
        { Participant: ConferenceParticipant },
        conferenceValues as Members,
        conferenceEnums,
      ),
      RecentTalkersConfiguration: {},
    },
    Collaboration: {},
  },
  Renderer: { Konva: namespace({ KonvaContentSharingRenderer, KonvaWhiteboardRenderer }) },
};

/** The library: a constructor, with all its namespaces on it. */
export const AvayaClientServices = Object.assign(callable(Client), members);
export default AvayaClientServices;

import type { MeetingView } from './directory-views.ts';
import type { ConferenceRecord, ExtensionRecord } from './records.ts';
import { conferenceDevice } from './routing.ts';

export function meetingView(conference: ConferenceRecord, extension: ExtensionRecord): MeetingView {
  const { id, meetingId, number, name, participantPin, moderatorPin, record, schedule, roomSize, waitForModerator } =
    conference;
  return {
    conferenceId: id,
    meetingId,
    organizationId: String(extension.organizationId),
    userId: extension.userId,
    extensionId: extension.id,
    device: conferenceDevice(extension),
    number,
    name,
    hasPins: participantPin !== null || moderatorPin !== null,
    hasParticipantPin: participantPin !== null,
    hasModeratorPin: moderatorPin !== null,
    record,
    schedule,
    roomSize,
    waitForModerator,
    publicNumbers: extension.publicNumbers,
  };
}

/** What there is not: rejected with the reason. */
export const absentMethods = [
  'pinVideoByCoordinates',
  'pinVideoByParticipant',
  'setDisplayVideoParticipantName',
  'setVideoLayout',
  'setVideoSelfSee',
] as const;

/** What is so of every conference here. */
export const constants: Readonly<Record<string, unknown>> = {
  getCollaborationURI: '',
  getConferenceOwnerAddress: '',
  getCurrentVideoLayout: undefined,
  /** Seconds. */
  getKnockDoorTimeout: 60,
  getMeetingMinutes: undefined,
  getStreamingURI: '',
  isApplicationSharingActive: false,
  isEventConference: false,
  isLectureModeActive: false,
  isStreamingActive: false,
  isVideoAllowed: false,
  isVideoParticipantNameDisplayActive: false,
  isVideoSelfSeeActive: false,
};

/** What no conference here has. */
export const emptyLists = ['getSupportedVideoLayoutList'] as const;

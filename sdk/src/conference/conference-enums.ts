/** Constants of the namespace Services.Conference: names and values as clients know them. */

export const CameraControl = {
  CAMERA_CONTROL_UP: 'up',
  CAMERA_CONTROL_DOWN: 'down',
  CAMERA_CONTROL_RIGHT: 'right',
  CAMERA_CONTROL_LEFT: 'left',
  CAMERA_CONTROL_ZOOM_IN: 'in',
  CAMERA_CONTROL_ZOOM_OUT: 'out',
} as const;

export const ChatMessageStatus = {
  PENDING: 'pending',
  CONFIRMED: 'confirmed',
  ERROR: 'error',
} as const;

export const ChatType = {
  PRIVATE: 'private',
  PUBLIC: 'public',
} as const;

export const ConferenceError = {
  CAPABILITY_NOT_ALLOWED: 'CAPABILITY_NOT_ALLOWED',
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  NETWORK_UNAVAILABLE: 'NETWORK_UNAVAILABLE',
  CONFERENCE_CONNECTION_FAILED_TO_RECOVER: 'CONFERENCE_CONNECTION_FAILED_TO_RECOVER',
} as const;

export const ContentFromParticipantStatus = {
  ACTIVE: 'active',
  ALLOWED: 'allowed',
  NOT_ALLOWED: 'notAllowed',
} as const;

export const DialoutStatus = {
  DIALING: 'dialing',
  UNAUTHORIZED: 'unauthorized',
  FAIL: 'fail',
  NOT_ADMITTED: 'notAdmitted',
  NOT_ALLOWED: 'notAllowed',
  CONNECT: 'connect',
  BUSY: 'busy',
  NO_ANSWER: 'noAnswer',
  CANCELED: 'canceled',
} as const;

export const DisconnectReason = {
  CALL_DISCONNECTED: 'callDisconnected',
  CONFERENCE_TERMINATED: 'conferenceTerminated',
  DISCONNECTED_BY_MODERATOR_OR_ADMIN: 'disconnectedByModeratorOrAdmin',
  ERROR: 'error',
} as const;

export const HandState = {
  RAISE: 'raise',
  LOWER: 'lower',
} as const;

export const MediaFromParticipantStatus = {
  ACTIVE: 'active',
  NA: 'na',
  SELF_MUTED: 'selfMuted',
  MODERATOR_MUTED: 'moderatorMuted',
  BOTH_MUTED: 'bothMuted',
} as const;

export const MediaToParticipantStatus = {
  AVAILABLE: 'available',
  NA: 'na',
} as const;

export const MediaType = {
  AUDIO: 'audio',
  VIDEO: 'video',
} as const;

export const MeetingEncryptionStatus = {
  YES: 'yes',
  NO: 'no',
  PARTIAL: 'partial',
} as const;

export const ModeratorAdmissionActions = {
  ADMIT: 'admit',
  REJECT: 'reject',
} as const;

export const ParticipantAuthorizationStatus = {
  ACTIVE: 'active',
  AUTHORIZING: 'authorizing',
} as const;

export const ParticipantConnectionStatus = {
  CONNECTION_STATUS_UNKNOWN: 'CONNECTION_STATUS_UNKNOWN',
  CONNECTION_STATUS_CONNECTING: 'CONNECTION_STATUS_CONNECTING',
  CONNECTION_STATUS_CONNECTED: 'CONNECTION_STATUS_CONNECTED',
  CONNECTION_STATUS_DISCONNECTING: 'CONNECTION_STATUS_DISCONNECTING',
  CONNECTION_STATUS_DISCONNECTED: 'CONNECTION_STATUS_DISCONNECTED',
} as const;

export const ParticipantDisconnectionReason = {
  DISCONNECT_REASON_UNKNOWN: 'DISCONNECT_REASON_UNKNOWN',
  DISCONNECT_REASON_DEPARTED: 'DISCONNECT_REASON_DEPARTED',
  DISCONNECT_REASON_DISCONNECTED_BY_MODERATOR: 'DISCONNECT_REASON_DISCONNECTED_BY_MODERATOR',
} as const;

export const ParticipantMediaState = {
  MEDIA_STATUS_NO_MEDIA: 'MEDIA_STATUS_NO_MEDIA',
  MEDIA_STATUS_INACTIVE: 'MEDIA_STATUS_INACTIVE',
  MEDIA_STATUS_RECEIVE_ONLY: 'MEDIA_STATUS_RECEIVE_ONLY',
  MEDIA_STATUS_SEND_ONLY: 'MEDIA_STATUS_SEND_ONLY',
  MEDIA_STATUS_SEND_RECEIVE: 'MEDIA_STATUS_SEND_RECEIVE',
} as const;

export const ParticipantRole = {
  MODERATOR: 'moderator',
  PARTICIPANT: 'participant',
  GUEST: 'guest',
  OPERATOR: 'operator',
  RESTRICTED_PARTICIPANT: 'restrictedParticipant',
} as const;

export const VideoLayout = {
  LAYOUT_AUTOMATIC: '1',
  LAYOUT_SINGLE_SCREEN: '10',
  LAYOUT_DOUBLE_SCREEN_HORIZONTAL: '21',
  LAYOUT_DOUBLE_SCREEN_VERTICAL: '22',
  LAYOUT_DOUBLE_SCREEN_4_TO_1: '27',
  LAYOUT_1_HOST_1_PIP: '28',
  LAYOUT_PYRAMID_3: '32',
  LAYOUT_LANDSCAPE_PLUS_2_ASYM: '33',
  LAYOUT_1_HOST_2_PIP: '34',
  LAYOUT_3x1: '35',
  LAYOUT_2x2: '40',
  LAYOUT_4_PYRAMID: '41',
  LAYOUT_3_PLUS_1: '42',
  LAYOUT_1_HOST_3_PIP: '43',
  LAYOUT_5_PYRAMID: '51',
  LAYOUT_1_HOST_4_PIP: '52',
  LAYOUT_5_PLUS_1: '60',
  LAYOUT_3x2: '61',
  LAYOUT_6_PLUS_1_1: '75',
  LAYOUT_7_PLUS_1_NEW: '81',
  LAYOUT_4x2: '82',
  LAYOUT_3x3: '90',
  LAYOUT_9_PYRAMID: '91',
  LAYOUT_8_PLUS_2_1_2: '101',
  LAYOUT_4x3: '120',
  LAYOUT_12_PLUS_1_1: '131',
  LAYOUT_12_PLUS_1_5: '135',
  LAYOUT_4x4: '160',
  LAYOUT_20_PLUS_1: '210',
  LAYOUT_20_PLUS_1_LEFT: '211',
  LAYOUT_1_PLUS_27: '280',
} as const;

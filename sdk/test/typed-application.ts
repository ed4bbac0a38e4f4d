import { AvayaClientServices } from '../types/AvayaClientServices';

/** An application in TypeScript, as guides have it: it is compiled with the types that pages get, and never run. */

const { Call, Conference } = AvayaClientServices.Services;

export function joinMeeting(token: string, remoteAddress: string): AvayaClientServices.Services.Call.Call {
  const { Config } = AvayaClientServices;
  const configuration = new Config.UserConfiguration();
  configuration.sgConfiguration.enabled = true;
  // A token of a gateway, a guest, or nobody.
  configuration.sgConfiguration.credentialProvider = new Config.CredentialTokenProvider(
    token,
    Config.Authentication.TokenType.ESGTOKEN,
  );
  configuration.sgConfiguration.credentialProvider = new Config.GuestCredentialProvider('Ann');
  configuration.uccpConfiguration.credentialProvider = null;
  const user = new AvayaClientServices().createUser(configuration);
  const calls = user.getCalls();
  const info = new Call.CallCreationInfo(remoteAddress);
  info.setPortalToken(token);
  info.setCallType(Call.CallType.CallTypeHttpMeetMe);
  const call = calls.createCall(info);
  call.addOnCallStartedCallback((one) => console.log(one.getCallId()));
  call.addOnCallRemoteAlertingCallback((_call, hasEarlyMedia: boolean) => console.log(hasEarlyMedia));
  call.addOnCallEstablishedCallback((one) => enter(one.getConference()));
  call.addOnCallEndedCallback((_call, event) => console.log(event.getReason() === Call.CallEndReason.ICE_FAILURE));
  call.addOnCallFailedCallback((one, exception) => {
    if (exception.getError() === Call.CallError.AUTHENTICATION_ERROR) console.log(exception.getProtocolErrorReason());
    one.end();
  });
  call.start();
  return call;
}

function enter(conference: AvayaClientServices.Services.Conference.Conference): void {
  conference.addOnConferenceParticipantsAddedCallback((_conference, added) => {
    for (const one of added) console.log(one.getDisplayName(), one.isModerator(), one.getAudioStatus());
  });
  conference.addOnConferencePendingParticipantCallback((_conference, waiting) => void waiting.accept());
  conference.start().then(
    () => console.log(conference.getSelfParticipant()?.isHandRaised()),
    (error: AvayaClientServices.Services.Conference.ConferenceException) => {
      if (error.name !== Conference.ConferenceStartStatus.ADMISSION_NEEDED) return;
      if (error.admissionPasscodeNeeded === true) void conference.sendPasscode('1234');
    },
  );
  conference.getInConferenceChat().addOnChatMessageReceivedCallback((_chat, message) => {
    const sender = message.getSender()?.getDisplayName() ?? '';
    console.log(message.getTime().toLocaleTimeString(), sender, message.getMessageContent().trim());
    if (message.isPrivate()) console.log(message.getRecipient()?.getDisplayName());
  });
}

export function inCall(call: AvayaClientServices.Services.Call.Call): string {
  const established: Date | undefined = call.getEstablishedTime();
  call.sendDTMF('5').done(() => console.log('pressed'));
  call.muteAudio().fail((exception) => console.log(exception.getError()));
  const media = new AvayaClientServices().getMediaServices().getAudioInterface();
  const [device] = media.getInputInterface().getAvailableDevices();
  if (device !== undefined) media.getInputInterface().setSelectedDevice(device);
  return `${established?.toISOString() ?? ''} ${media.getRemoteMediaStream(call.getCallId())?.id ?? ''}`;
}

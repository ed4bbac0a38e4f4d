/** Methods that ask the server for one thing, and give it nothing with it: what it is called there. */
export const commands: Readonly<Record<string, string>> = {
  muteAllParticipants: 'muteAll',
  unmuteAllParticipants: 'unmuteAll',
  removeLastParticipant: 'removeLast',
  terminateConference: 'terminate',
  stopRecording: 'stopRecording',
  pauseRecording: 'pauseRecording',
  resumeRecording: 'resumeRecording',
  raiseHand: 'raiseHand',
  lowerHand: 'lowerHand',
};

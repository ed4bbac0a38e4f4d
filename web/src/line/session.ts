/** A call into a conference: the library's own, docs/protocols/webrtc.md. */
export { AnotherWay } from '../../../sdk/src/another-way.ts';
export { playWhenAllowed } from '../../../sdk/src/audible.ts';
export { BrowserSound, clearSpeech } from '../../../sdk/src/browser-sound.ts';
export { MuteTold } from '../../../sdk/src/call/mute-told.ts';
export {
  type Admission,
  askForAdmission,
  CommandFailed,
  iceServersOf,
  type Message,
  type Seat,
  Session,
  seatBefore,
  WhipRefusal,
} from '../../../sdk/src/session.ts';

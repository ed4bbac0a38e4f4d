/** A call into a conference: the library's own, docs/protocols/webrtc.md. */
export { BrowserSound } from '../../../sdk/src/browser-sound.ts';
export {
  type Admission,
  askForAdmission,
  iceServersOf,
  type Message,
  Session,
  WhipRefusal,
} from '../../../sdk/src/session.ts';

/** A browser that is the phone of an extension: the library's own, docs/protocols/webrtc.md. */
export {
  type PhoneCall,
  type PhoneExtension,
  type PhoneLevels,
  PhoneLine,
  type PhoneLineOptions,
  type PhoneLogin,
  PhoneRefusal,
  type PhoneState,
  phoneBefore,
} from '../../../sdk/src/phone/phone-line.ts';

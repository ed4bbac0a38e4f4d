import { SrtpReceiver } from './srtp-receiver.ts';
import { SrtpSender } from './srtp-sender.ts';
import type { SrtpSuiteName } from './srtp-suite.ts';

/** Master keys with their salts behind them, base64 (RFC 4568 §6.1): what we send under, and what the peer does. */
export interface SrtpKeys {
  readonly suite: SrtpSuiteName;
  readonly send: string;
  readonly receive: string;
}

/**
 * What protects the packets of one leg, over the keys that are agreed one after the other. A key that is agreed again
 * goes on where it is (RFC 4568 §7.1.4); with another one our counting begins anew, theirs as they like. What the peer
 * had sent before its new key still comes for a moment: it is taken until the first packet under that one.
 */
export class SrtpSession {
  readonly #ssrc: number;
  #keys: SrtpKeys;
  #sender: SrtpSender;
  #receiver: SrtpReceiver;
  #before: SrtpReceiver | null = null;

  /** `ssrc`, signed: that of the packets sent. Throws RangeError for a key of the wrong length. */
  constructor(keys: SrtpKeys, ssrc: number) {
    this.#ssrc = ssrc;
    this.#keys = keys;
    this.#sender = senderOf(keys, ssrc);
    this.#receiver = receiverOf(keys);
  }

  /** As the constructor. */
  agree(keys: SrtpKeys): void {
    const before = this.#keys;
    const otherSuite = keys.suite !== before.suite;
    if (otherSuite || keys.send !== before.send) this.#sender = senderOf(keys, this.#ssrc);
    if (otherSuite || keys.receive !== before.receive) {
      this.#before = this.#receiver;
      this.#receiver = receiverOf(keys, this.#before);
    }
    this.#keys = keys;
  }

  protect(packet: Uint8Array): Buffer | null {
    return this.#sender.protect(packet);
  }

  protectRtcp(packet: Uint8Array): Buffer | null {
    return this.#sender.protectRtcp(packet);
  }

  unprotect(packet: Uint8Array): Buffer | null {
    const plain = this.#receiver.unprotect(packet);
    if (this.#before === null) return plain;
    if (plain === null) return this.#before.unprotect(packet);
    this.#before = null;
    return plain;
  }

  unprotectRtcp(packet: Uint8Array): Buffer | null {
    return this.#receiver.unprotectRtcp(packet) ?? this.#before?.unprotectRtcp(packet) ?? null;
  }
}

function senderOf({ suite, send }: SrtpKeys, ssrc: number): SrtpSender {
  return new SrtpSender(suite, Buffer.from(send, 'base64'), ssrc);
}

function receiverOf({ suite, receive }: SrtpKeys, before: SrtpReceiver | null = null): SrtpReceiver {
  return new SrtpReceiver(suite, Buffer.from(receive, 'base64'), before);
}

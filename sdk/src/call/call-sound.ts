/** What carries the sound: whether nothing is said, and whether nothing is heard. */
export interface SoundCarrier {
  muted: boolean;
  deaf: boolean;
}

/** Who is heard in a call and who hears, as its owner, its moderators and the hold would have it. */
export class CallSound {
  #carrier: SoundCarrier | null = null;
  #muted = false;
  #mutedByOthers = false;
  #speakerMuted = false;
  #held = false;

  /** Whether the owner is heard, by whomever that is decided. */
  get isMuted(): boolean {
    return this.#muted || this.#mutedByOthers;
  }

  get isSpeakerMuted(): boolean {
    return this.#speakerMuted;
  }

  /** null: there is no sound any more. */
  useCarrier(carrier: SoundCarrier | null): void {
    this.#carrier = carrier;
    this.#apply();
  }

  /** As the owner wishes. Gives whether that changes `isMuted`. */
  mute(muted: boolean): boolean {
    const before = this.isMuted;
    this.#muted = muted;
    if (!muted) this.#mutedByOthers = false;
    this.#apply();
    return this.isMuted !== before;
  }

  /** As a moderator wishes, who has the server do it. Gives whether that changes `isMuted`. */
  muteByOthers(muted: boolean): boolean {
    const before = this.isMuted;
    this.#mutedByOthers = muted && !this.#muted;
    if (!muted) this.#muted = false;
    this.#apply();
    return this.isMuted !== before;
  }

  muteSpeaker(muted: boolean): void {
    this.#speakerMuted = muted;
    this.#apply();
  }

  hold(held: boolean): void {
    this.#held = held;
    this.#apply();
  }

  #apply(): void {
    if (this.#carrier === null) return;
    this.#carrier.muted = this.#muted || this.#held;
    this.#carrier.deaf = this.#speakerMuted || this.#held;
  }
}

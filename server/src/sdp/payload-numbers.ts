import type { AudioFormat, RemoteAudio, TelephoneEvent } from './session.ts';

/**
 * Dynamic payload types (RFC 3551 §3), then those that nobody has a fixed meaning for; 64 to 95 would look like RTCP.
 */
const free: readonly number[] = [...range(96, 127), ...range(35, 63)];

/**
 * What each payload type of one audio stream has been said to mean, by either side. That must not change while the
 * session lives (RFC 3264 §8.3.2), so what we offer later takes the numbers that are in use, and none that means
 * something else.
 */
export class PayloadNumbers {
  readonly #meanings = new Map<number, string>();
  #event: TelephoneEvent | null = null;

  /** What the other side has described. */
  learn({ formats, telephoneEvents }: RemoteAudio): void {
    for (const format of formats) this.#meanings.set(format.payloadType, meaningOf(format));
    for (const event of telephoneEvents) this.#meanings.set(event.payloadType, eventMeaning(event));
  }

  /** The formats and the telephone-event that were agreed on. */
  agree(formats: readonly AudioFormat[], event: TelephoneEvent | null): void {
    for (const format of formats) this.#meanings.set(format.payloadType, meaningOf(format));
    if (event === null) return;
    this.#event = event;
    this.#meanings.set(event.payloadType, eventMeaning(event));
  }

  /** The format as it is to be offered: under a number that means it. */
  format(format: AudioFormat): AudioFormat {
    return { ...format, payloadType: this.#numberFor(meaningOf(format), format.payloadType) };
  }

  /** As `format`; of another clock where one was agreed on. */
  event(usual: TelephoneEvent): TelephoneEvent {
    const event = this.#event ?? usual;
    return { ...event, payloadType: this.#numberFor(eventMeaning(event), event.payloadType) };
  }

  #numberFor(meaning: string, usual: number): number {
    const meant = this.#meanings.get(usual);
    if (meant === meaning) return usual;
    for (const [number, known] of this.#meanings) if (known === meaning) return number;
    if (meant === undefined) return usual;
    return free.find((number) => !this.#meanings.has(number)) ?? usual;
  }
}

function meaningOf({ name, clockRate, channels }: AudioFormat): string {
  return `${name}/${clockRate}/${channels}`;
}

function eventMeaning({ clockRate }: TelephoneEvent): string {
  return `TELEPHONE-EVENT/${clockRate}/1`;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

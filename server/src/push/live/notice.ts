import type { StreamEvent } from '../../call/model/event-log.ts';
import { type NoteNumber, writeNoteNumber } from '../note-number.ts';
import type { Projection } from '../projection.ts';

/** What the user of one extension is told. */
export interface Notice {
  readonly extensionId: string;
  readonly channel: string;
  /** JSON-safe; made when somebody is there to be told. `base`: what its links begin with. */
  data(base: string): object;
}

/** The interface in whose words live clients are told. */
export interface LiveDialect {
  /** One that has told nothing yet. */
  projection(): Projection<Notice>;
  /** Of what is no call. */
  ofStream(event: StreamEvent): readonly Notice[];
}

/** A notice and which it is, as the text that every client is sent. */
export class NumberedNotice {
  readonly number: NoteNumber;
  readonly notice: Notice;
  #base = '';
  #text: string | null = null;

  constructor(number: NoteNumber, notice: Notice) {
    this.number = number;
    this.notice = notice;
  }

  /** JSON: `{"data":…,"channel":"…","ext":{"number":"1204-0"}}` */
  text(base: string): string {
    if (this.#text === null || this.#base !== base) {
      const { channel } = this.notice;
      const ext = { number: writeNoteNumber(this.number) };
      this.#text = JSON.stringify({ data: this.notice.data(base), channel, ext });
      this.#base = base;
    }
    return this.#text;
  }
}

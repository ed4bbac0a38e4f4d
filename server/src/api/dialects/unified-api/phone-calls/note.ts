import type { CallData } from '../../../../call/call.ts';

/** What a create request says that the call model has no place for; attached to what it makes, under one key. */
export interface PhoneCallNote {
  /** Id of the extension that is charged. */
  readonly extension: string;
  readonly nonce?: string;
  /** Simple calls: whether they may be transferred to public numbers. */
  readonly allowPublicTransfer?: boolean;
}

const key = 'phoneCall';

export function withNote(note: PhoneCallNote, more: CallData = {}): CallData {
  return { ...more, [key]: note };
}

export function noteOf(data: CallData): PhoneCallNote | null {
  const note = data[key] as Partial<PhoneCallNote> | undefined;
  return typeof note === 'object' && note !== null && typeof note.extension === 'string'
    ? (note as PhoneCallNote)
    : null;
}

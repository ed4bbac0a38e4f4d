/**
 * The number of something that is told: the step that it tells of, by its place in the log, and its place among all
 * that the same interface tells of that step. It follows from the log alone, so that a replay gives it again, whoever
 * is told and whoever is not.
 */
export interface NoteNumber {
  readonly step: number;
  /** From 0. */
  readonly place: number;
}

/** `1204-0` */
export function writeNoteNumber({ step, place }: NoteNumber): string {
  return `${step}-${place}`;
}

/** Null for anything else. */
export function readNoteNumber(text: string): NoteNumber | null {
  const [, step, place] = /^([0-9]{1,15})-([0-9]{1,9})$/.exec(text) ?? [];
  return step === undefined ? null : { step: Number(step), place: Number(place) };
}

export function isAfter(one: NoteNumber, other: NoteNumber): boolean {
  return one.step === other.step ? one.place > other.place : one.step > other.step;
}

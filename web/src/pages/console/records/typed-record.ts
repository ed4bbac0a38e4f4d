import { type RecordField, type StoredRecord, shownValue } from './kinds.ts';

/** What was typed for each key; a flag is `true`, `false` or empty, as by default. */
export type Typed = Readonly<Record<string, string>>;

/** What stands in the form at first. */
export function typedOf(fields: readonly RecordField[], record: StoredRecord | null): Typed {
  return Object.fromEntries(
    fields.map(({ key, kind }) => {
      const value = record?.[key];
      if (kind === 'secret' || value === undefined) return [key, ''];
      return [key, kind === 'json' ? JSON.stringify(value) : shownValue(value)];
    }),
  );
}

/**
 * What is to be sent: of a record that is there only what was changed, of a new one what was typed. Throws a
 * SyntaxError where JSON is none.
 */
export function bodyOf(fields: readonly RecordField[], typed: Typed, record: StoredRecord | null): object {
  const before = typedOf(fields, record);
  const entries = fields.flatMap(({ fixed = false, key, kind }) => {
    const text = (typed[key] ?? '').trim();
    if (text === (before[key] ?? '') || (record !== null && fixed)) return [];
    return [[key, typedValue(kind, text)]];
  });
  return Object.fromEntries(entries);
}

function typedValue(kind: RecordField['kind'], text: string): unknown {
  if (kind === 'list') {
    return text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }
  if (text === '') return null;
  if (kind === 'flag') return text === 'true';
  // What is no number is sent as it is, so that the server says what it expects.
  if (kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : text;
  return kind === 'json' ? JSON.parse(text) : text;
}

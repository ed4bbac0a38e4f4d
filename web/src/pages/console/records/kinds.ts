/** How a key of a record is typed in. `secret`: never shown, kept where nothing is typed. */
import { isolated } from '../../../words/isolated.ts';
export type FieldKind = 'text' | 'number' | 'flag' | 'list' | 'secret' | 'json';

export interface RecordField {
  /** As in the configuration file. */
  readonly key: string;
  readonly kind: FieldKind;
  /** What the record is known by: asked for when it is made, and not changed. */
  readonly fixed?: boolean;
  readonly choices?: readonly string[];
}

export interface RecordKind {
  /** Below `/admin/v1`. */
  readonly path: 'users' | 'extensions' | 'conferences' | 'apps' | 'trunks' | 'dial-rules' | 'organizations';
  readonly fields: readonly RecordField[];
  /** What is shown of a record in the list, in order; the first names it. */
  readonly shown: readonly string[];
}

const text = (key: string): RecordField => ({ key, kind: 'text' });
const flag = (key: string): RecordField => ({ key, kind: 'flag' });
const list = (key: string): RecordField => ({ key, kind: 'list' });
const number = (key: string): RecordField => ({ key, kind: 'number' });
const secret = (key: string): RecordField => ({ key, kind: 'secret' });
const fixed = (field: RecordField): RecordField => ({ ...field, fixed: true });
const oneOf = (key: string, ...choices: string[]): RecordField => ({ key, kind: 'text', choices });

/** The keys are those of the configuration file: docs/configuration.md says what each means. */
export const recordKinds: readonly RecordKind[] = [
  {
    path: 'users',
    shown: ['login', 'firstName', 'lastName', 'roles'],
    fields: [
      fixed(number('id')),
      text('login'),
      secret('password'),
      text('firstName'),
      text('lastName'),
      list('roles'),
      list('features'),
    ],
  },
  {
    path: 'extensions',
    shown: ['number', 'type', 'callerId', 'user'],
    fields: [
      fixed(number('user')),
      fixed(text('number')),
      fixed(oneOf('type', 'terminal', 'conference', 'callback')),
      text('callerId'),
      secret('sipPassword'),
      list('publicNumbers'),
    ],
  },
  {
    path: 'conferences',
    shown: ['name', 'extension', 'number', 'meetingId', 'roomSize'],
    fields: [
      fixed(text('extension')),
      fixed(text('number')),
      text('name'),
      text('meetingId'),
      text('participantPin'),
      text('moderatorPin'),
      number('roomSize'),
      { key: 'schedule', kind: 'json' },
      oneOf('record', 'never', 'choice', 'always'),
      flag('musicWhileAlone'),
      flag('waitForModerator'),
      flag('closeWhenModeratorsLeave'),
      flag('announceCount'),
      flag('entryTone'),
    ],
  },
  {
    path: 'apps',
    shown: ['key', 'user', 'enabled', 'trusted'],
    fields: [
      fixed(text('key')),
      secret('secret'),
      number('user'),
      flag('trusted'),
      flag('enabled'),
      list('redirectUris'),
    ],
  },
  {
    path: 'trunks',
    shown: ['name', 'uri', 'register'],
    fields: [
      fixed(text('name')),
      text('uri'),
      text('username'),
      secret('password'),
      flag('register'),
      list('addresses'),
    ],
  },
  {
    path: 'dial-rules',
    shown: ['match', 'trunk', 'strip', 'prepend'],
    fields: [number('position'), text('match'), text('trunk'), number('strip'), text('prepend')],
  },
  {
    path: 'organizations',
    shown: ['name', 'id', 'prefix'],
    fields: [fixed(number('id')), text('name'), text('prefix')],
  },
];

export type Value = string | number | boolean | null | readonly unknown[] | object;

export interface StoredRecord {
  readonly [key: string]: Value | undefined;
}

export interface Fixed {
  readonly file: string;
  readonly line: number | null;
}

export function fixedBy(record: StoredRecord): Fixed | null {
  return (record['fixedBy'] as Fixed | null | undefined) ?? null;
}

/** `partyline.yaml:12`, wherever the file lies. */
export function placeOf({ file, line }: Fixed): string {
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return line === null ? name : `${name}:${line}`;
}

/** The id for its address: the server gives the whole of that. */
export function addressOf(path: string, record: StoredRecord): string {
  const self = record['self'];
  if (typeof self === 'string' && self.startsWith('/admin/v1/')) return self.slice('/admin/v1'.length);
  return `/${path}/${encodeURIComponent(String(record['id'] ?? record['key'] ?? record['name'] ?? ''))}`;
}

export function shownValue(value: Value | undefined): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map((one) => isolated(String(one))).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

import type { ConfigError } from './config-error.ts';

export type PathStep = string | number;

/** `organizations[0].users[0].login` */
export function formatPath(steps: readonly PathStep[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return path === '' ? step : `${path}.${step}`;
  }, '');
}

/** Both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One configuration file. */
export interface ConfigDocument {
  readonly file: string;
  root(): ConfigValue;
  /** Where a node stands, as far as that is known. */
  placeOf(node: unknown): Place | null;
  /** The mistake at `steps`, or at the nearest thing around it that was written. */
  errorAt(steps: readonly PathStep[], expected: string): ConfigError;
}

export interface ConfigEntry {
  readonly key: string;
  /** For the place of the key. */
  readonly keyNode: unknown;
  readonly value: ConfigValue;
}

/** One value in the file: what it is, where it stands, and how to complain about it. */
export interface ConfigValue {
  readonly document: ConfigDocument;
  readonly steps: readonly PathStep[];
  /** Where it stands; null where that is not known. */
  readonly place: Place | null;
  readonly isNull: boolean;
  /** The text, number or truth value; undefined for a list, a section or nothing. */
  readonly scalar: string | number | boolean | undefined;
  /** The value as it stands in the file: `0003` where `scalar` is 3. */
  readonly written: string;
  /** Null when this is not a list. */
  readonly list: readonly ConfigValue[] | null;
  /** Null when this is not a section. */
  readonly entries: readonly ConfigEntry[] | null;
  child(step: PathStep): ConfigValue | null;
  /** The complaint about this value; `found` says what is there, never for a secret. */
  error(expected: string, found?: string): ConfigError;
}

export function childOf({ list, entries }: Pick<ConfigValue, 'list' | 'entries'>, step: PathStep): ConfigValue | null {
  if (typeof step === 'number') return list?.[step] ?? null;
  return entries?.find((entry) => entry.key === step)?.value ?? null;
}

/** `text`, `a number`, `a list` …: what is there instead of what was expected, without showing it. */
export function kindOf(value: Pick<ConfigValue, 'isNull' | 'list' | 'entries' | 'scalar'>): string {
  if (value.isNull) return 'nothing';
  if (value.list !== null) return 'a list';
  if (value.entries !== null) return 'a section';
  const { scalar } = value;
  return typeof scalar === 'string' ? 'text' : typeof scalar === 'number' ? 'a number' : 'true or false';
}

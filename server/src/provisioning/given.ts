import { AppError } from '../base/app-error.ts';
import { app } from '../config/app-keys.ts';
import { ConfigError } from '../config/config-error.ts';
import { limitsOf } from '../config/load-config.ts';
import { conference, extension, organization, user } from '../config/organization-keys.ts';
import { QuickDocument } from '../config/quick-document.ts';
import { type Reader, UnknownKey } from '../config/readers.ts';
import { dialRuleKeys, limitsKeys } from '../config/server-keys.ts';
import { trunk } from '../config/trunk-keys.ts';

/** What somebody gives by an interface is read by the readers of the file, and refused in their words. */
export const readers = {
  organization: reading(organization),
  user: reading(user),
  /** `owner`: name of its user, by default shown to those who are called. */
  extension: (given: object, owner: string) => reading(extension(owner))(given),
  /** `number`: of its extension. */
  conference: (given: object, number: string) => reading(conference(number))(given),
  app: reading(app),
  trunk: reading(trunk),
  dialRule: reading(dialRuleKeys),
  limits: (given: object) => limitsOf(reading(limitsKeys)(given)),
} as const;

/**
 * A null takes a key away: one that is none would take nothing away and be passed over unsaid, so that `pasword: null`
 * left a password in place. `given` has the nulls in it; whatever else is wrong is found once they are gone. Throws
 * AppError.
 */
export function checkKeys(read: (given: object) => unknown, given: object): void {
  try {
    read(given);
  } catch (error) {
    if (error instanceof UnknownGiven) throw error;
  }
}

function reading<Value>(read: Reader<Value>): (given: object) => Value {
  return (given) => {
    try {
      return read(new QuickDocument('request', { given }).root());
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { path, expected } = error;
      throw error instanceof UnknownKey ? new UnknownGiven(path, expected) : invalid(path, expected);
    }
  };
}

/** A mistake at `path` of what was given. */
export function invalid(path: string, expected: string): AppError {
  return new AppError('invalidArgument', path === '' ? expected : `${path}: ${expected}`, { path, expected });
}

/** A key that there is not. */
class UnknownGiven extends AppError {
  constructor(path: string, expected: string) {
    super('invalidArgument', `${path}: ${expected}`, { path, expected });
  }
}

/** What was given is right in itself, and does not go with what there is. */
export function conflict(path: string, expected: string): AppError {
  return new AppError('conflict', path === '' ? expected : `${path}: ${expected}`, { path, expected });
}

/** A key of the given object, as text; undefined without it. */
export function textOf(given: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = given[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw invalid(key, 'expected text or a number');
}

/** What follows `keys` in the file is read there; these say where it belongs. */
export function without(given: Readonly<Record<string, unknown>>, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !keys.includes(key)));
}

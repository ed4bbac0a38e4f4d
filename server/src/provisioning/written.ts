import { Secret } from '../base/secret.ts';
import type { Config } from '../config/config.ts';
import { formatDuration } from '../config/duration.ts';
import type { AnyRecord, ConferenceRecord, DialRule, ExtensionRecord, Schedule, Trunk } from '../directory/records.ts';

/** Something as a person would write it in the file: secrets too, but those of which only a hash is kept. */
export type Written = Readonly<Record<string, unknown>>;

export function writtenOf(one: AnyRecord): Written {
  switch (one.kind) {
    case 'organization': {
      const { id, name, prefix } = one.record;
      return { id, name, prefix };
    }
    case 'user': {
      const { id, login, firstName, lastName, roles, features } = one.record;
      return { id, login, firstName, lastName, roles, features };
    }
    case 'extension':
      return writtenExtension(one.record);
    case 'conference':
      return writtenConference(one.record);
    case 'app': {
      const { key, secret, user, trusted, enabled, redirectUris, webhookFormat, webhookSecret } = one.record;
      return {
        key,
        secret,
        user,
        trusted,
        enabled,
        redirectUris,
        webhooks: { ...webhookFormat, secret: webhookSecret },
      };
    }
    case 'trunk':
      return writtenTrunk(one.record);
  }
}

function writtenExtension({ number, type, callerId, publicNumbers, sip }: ExtensionRecord): Written {
  const shown = callerId.name === '' ? callerId.number : `${callerId.name} <${callerId.number}>`;
  const all = { number, type, callerId: shown };
  if (type === 'callback') return all;
  return type === 'terminal' && sip !== null
    ? { ...all, publicNumbers, sipDigest: sip.algorithm }
    : { ...all, publicNumbers };
}

function writtenConference({ id: _id, extensionId: _of, schedule, ...rest }: ConferenceRecord): Written {
  return { ...rest, schedule: writtenSchedule(schedule) };
}

function writtenSchedule(schedule: Schedule): unknown {
  if (schedule === 'anytime') return schedule;
  const { durationMs, ...rest } = schedule;
  return { ...rest, duration: formatDuration(durationMs) };
}

function writtenTrunk({ uri: _first, uris, registerExpiresMs, optionsMs, failoverMs, ...rest }: Trunk): Written {
  return {
    ...rest,
    uri: uris.length === 1 ? uris[0] : uris,
    registerExpires: formatDuration(registerExpiresMs),
    options: optionsMs === null ? 'off' : formatDuration(optionsMs),
    failover: formatDuration(failoverMs),
  };
}

export function writtenRule({ match, trunk, strip, prepend }: DialRule): Written {
  return { match, trunk, strip, prepend };
}

export function writtenLimits({ pinLockoutMs, silenceMs, ...rest }: Config['limits']): Written {
  return {
    ...rest,
    pinLockout: formatDuration(pinLockoutMs),
    silence: silenceMs === null ? 'off' : formatDuration(silenceMs),
  };
}

/** With every secret as what it is, to be read again by the readers of the file. */
export function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revealed(one)]));
}

/**
 * As it is shown: in place of a secret `password` stands `hasPassword`. `open`: the secrets that are shown, such as
 * PINs that have to be told to people.
 */
export function shown(value: unknown, open: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((one) => shown(one, open));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const isSecret = one instanceof Secret || (one === null && secretKeys.has(key));
      if (isSecret && open.includes(key)) return [key, one === null ? null : (one as Secret).reveal()];
      if (isSecret) return [`has${key[0]!.toUpperCase()}${key.slice(1)}`, one !== null];
      return [key, shown(one, open)];
    }),
  );
}

const secretKeys: ReadonlySet<string> = new Set(['password', 'secret', 'participantPin', 'moderatorPin']);

/**
 * RFC 7396: what is null goes, what is an object is merged, anything else takes the place of what was there. With
 * `keepNulls` what is to go stays as null.
 */
export function merged(target: unknown, patch: unknown, keepNulls = false): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch) || patch instanceof Secret) return patch;
  const base = target === null || typeof target !== 'object' || Array.isArray(target) ? {} : target;
  const out = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null && !keepNulls) out.delete(key);
    else out.set(key, merged(out.get(key), value, keepNulls));
  }
  return Object.fromEntries(out);
}

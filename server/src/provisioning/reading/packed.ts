import { Secret } from '../../base/secret.ts';

/** A key that nothing else has. */
const hidden = '\0secret';

/** As it can go to another thread, where a Secret would arrive empty. */
export function packed(value: unknown): unknown {
  if (value instanceof Secret) return { [hidden]: value.reveal() };
  if (Array.isArray(value)) return value.map(packed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, packed(one)]));
}

/** And back, frozen as it was. */
export function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(unpacked));
  if (value === null || typeof value !== 'object') return value;
  const secret = (value as Record<string, unknown>)[hidden];
  if (typeof secret === 'string') return new Secret(secret);
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unpacked(one)])));
}

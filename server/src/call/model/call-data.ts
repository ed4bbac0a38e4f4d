/** Attached data (AssociateData): JSON values by key. */
export type CallData = Readonly<Record<string, unknown>>;

/** Of all that is attached to one call or connection. */
export const callDataLimits = {
  mostKeys: 64,
  longestKey: 64,
  /** As JSON. */
  mostCharacters: 16_384,
} as const;

export function fitsCallData(data: CallData): boolean {
  const { mostKeys, longestKey, mostCharacters } = callDataLimits;
  const keys = Object.keys(data);
  if (keys.length > mostKeys || keys.some((key) => key.length > longestKey)) return false;
  return JSON.stringify(data).length <= mostCharacters;
}

/**
 * What a call takes over from one that becomes part of it: what it has itself stays; all that is new, or, where that is
 * too much, nothing.
 */
export function takenOver(own: CallData, other: CallData): CallData | null {
  const fresh = Object.entries(other).filter(([key]) => !Object.hasOwn(own, key));
  if (fresh.length === 0) return null;
  const data = Object.fromEntries(fresh);
  return fitsCallData({ ...own, ...data }) ? data : null;
}

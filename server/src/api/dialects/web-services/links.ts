/** Where this interface is, below scheme and host. */
export const root = '/api/v2';

/** An address in both forms that resources carry: absolute, and below the root. */
export interface Address {
  readonly uri: string;
  readonly path: string;
}

/** `base`: scheme, host and root, e.g. `http://127.0.0.1:8080/api/v2`. */
export function addressOf(base: string, path: string): Address {
  return { uri: `${base}${path}`, path };
}

/** A call is below its user, but its path does not say so: clients know it like that. */
export function callAddress(base: string, callId: string): Address {
  return { uri: `${base}/me/calls/${callId}`, path: `/calls/${callId}` };
}

/** What a client names by its address, its path, or its id alone: the id. */
export function lastPart(address: string): string {
  const path = address.split(/[?#]/, 1)[0]!.replace(/\/+$/, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

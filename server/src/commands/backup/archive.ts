import { version } from '../../base/version.ts';

/**
 * What a backup is: a compressed tar file of these, in this order. Any tar unpacks it.
 *
 *     partyline-backup.json   what follows, and by which version
 *     partyline.db            the database as it was at one moment
 *     password.key            tells a start which passwords have not changed
 *     observation/NAME        signalling and samples of sound, in pieces that only grow
 *     recordings/ID/NAME.wav  the recordings
 */
export const names = {
  manifest: 'partyline-backup.json',
  database: 'partyline.db',
  keys: ['password.key'],
  observation: 'observation',
  recordings: 'recordings',
} as const;

export interface Manifest {
  readonly product: 'partyline';
  readonly format: 1;
  readonly version: string;
  /** ISO 8601. */
  readonly at: string;
  readonly schema: number;
  readonly recordings: boolean;
}

export function manifest(at: number, schema: number, recordings: boolean): Manifest {
  return { product: 'partyline', format: 1, version, at: new Date(at).toISOString(), schema, recordings };
}

/** Null for what is none of ours. */
export function readManifest(text: string): Manifest | 'later' | null {
  try {
    const read = JSON.parse(text);
    if (read?.product !== 'partyline') return null;
    if (Number.isInteger(read.format) && read.format > 1) return 'later';
    return read.format === 1 && typeof read.at === 'string' ? read : null;
  } catch {
    return null;
  }
}

const known =
  /^(?:partyline-backup\.json|partyline\.db|[a-z-]+\.key|observation\/?|observation\/[\w.-]+|recordings\/?|recordings\/[\w-]+\/?|recordings\/[\w-]+\/[\w.-]+)$/;

/** Whether a name in an archive is one that a backup has: nothing else is unpacked. */
export function isKnown(path: string): boolean {
  return known.test(path.replace(/^\.\//, '')) && !path.includes('..');
}

import type { Server } from 'node:https';
import { AppError } from './base/app-error.ts';
import { ConfigError } from './config/config-error.ts';
import { checkTlsFiles, type OnThisMachine, type TlsKeys } from './config/on-this-machine.ts';
import { LateHashes } from './directory/late-hashes.ts';
import type { WrittenPassword } from './directory/provision.ts';
import { followChanges } from './followed-changes.ts';
import { type Parts, strangerLimits } from './parts.ts';
import { DirectoryAdministration, doer } from './provisioning/administration.ts';
import { type Asker, isOperator, onlyOperators } from './provisioning/asker.ts';
import { byFile, differences } from './provisioning/change-events.ts';
import { DirectoryChanges } from './provisioning/directory-changes.ts';
import { FileContents } from './provisioning/file-contents.ts';
import type { Overwritten } from './provisioning/overwritten.ts';
import { Reload, type Reloaded, type ReloadOptions } from './provisioning/reload.ts';
import {
  LiveLimits,
  limitsByFile,
  limitsOver,
  limitsSet,
  ServerAdministration,
} from './provisioning/server-administration.ts';
import { writtenLimits } from './provisioning/written.ts';

/** How the directory and the limits change while the server runs. */
export interface Provisioned {
  readonly changes: DirectoryChanges;
  readonly administration: DirectoryAdministration;
  readonly serverAdministration: ServerAdministration;
  readonly limits: LiveLimits;
  /** What the file fixes, as last read. */
  contents: FileContents;
  /** Null until the server is ready. */
  reload: Reload | null;
}

/** Joins what changes the directory with the parts in which something follows from a change. */
export function makeProvisioned(parts: Parts): Provisioned {
  const { config, clock, log, random, store, directory, hasher } = parts;
  const changes = new DirectoryChanges({ clock, log, store: store.directory, streams: store.calls, directory });
  const limits = new LiveLimits(config.limits);
  const contents = () => made.contents;
  const administration = new DirectoryAdministration({
    directory,
    changes,
    hasher,
    random,
    realm: config.sip.domain,
    contents,
  });
  const serverAdministration = new ServerAdministration({ directory, changes, contents, limits }, config);
  const made: Provisioned = {
    changes,
    administration,
    serverAdministration,
    limits,
    contents: FileContents.of(config),
    reload: null,
  };
  changes.addConsequence((applied) => followChanges(parts, applied));
  changes.addConsequence((applied) => {
    const gone = new Set(
      applied.flatMap(({ before, after }) =>
        before?.kind === 'extension' && after === null ? [before.record.id] : [],
      ),
    );
    return gone.size === 0 ? undefined : parts.devices.forget((extensionId) => gone.has(extensionId));
  });
  limits.follow((now) => {
    parts.budget.limit(now);
    directory.limitPins(now.pinAttempts, now.pinLockoutMs);
    parts.sipLegs.limit(now);
    const { strangersPerSecond, strangersInAllPerSecond } = strangerLimits(now.callsPerSecond);
    parts.sip.limitStrangers(strangersPerSecond, strangersInAllPerSecond);
  });
  return made;
}

/**
 * How the file is read again. `certificates`: what HTTP is served with, where it is by TLS; `toHash` makes hashes of
 * passwords that have none.
 */
export function makeReload(
  provisioned: Provisioned,
  parts: Parts,
  more: Pick<ReloadOptions, 'sources' | 'sandboxRuns' | 'toHash' | 'onOverwritten'> & {
    readonly http: Pick<Server, 'setSecureContext'>;
  },
): Reload {
  const { changes, limits, serverAdministration } = provisioned;
  const { config, directory, hasher } = parts;
  const { http, ...others } = more;
  return new Reload({
    clock: parts.clock,
    directory,
    changes,
    hasher,
    limits,
    server: serverAdministration,
    running: config,
    onContents: (contents) => {
      provisioned.contents = contents;
    },
    ...others,
    certificates: certificatesRead(parts, http),
  });
}

/** How certificates are read again: only of what is served by TLS already, as whether it is counts from the start. */
export function certificatesRead(
  { config, machine, sip }: Pick<Parts, 'config' | 'machine'> & { readonly sip: Pick<Parts['sip'], 'renewTls'> },
  http: Pick<Server, 'setSecureContext'>,
): ReloadOptions['certificates'] {
  let now: Pick<OnThisMachine, 'httpTls' | 'sipTls'> = machine;
  return async (read) => {
    const tls = <Section extends 'http' | 'sip'>(section: Section) => ({
      ...config[section],
      tls: config[section].tls === null ? null : (read[section].tls ?? config[section].tls),
    });
    // Hosts stay as they were: what a name server says of them meanwhile is no mistake in the file.
    const next = checkTlsFiles({ file: read.file, http: tls('http'), sip: tls('sip') });
    const isNew = (a: TlsKeys | null, b: TlsKeys | null) =>
      a !== null && b !== null && !(a.cert.equals(b.cert) && a.key.equals(b.key));
    const newHttp = isNew(now.httpTls, next.httpTls);
    const newSip = config.sip.tlsPort !== null && isNew(now.sipTls, next.sipTls);
    return {
      changed: [...(newHttp ? ['http.tls'] : []), ...(newSip ? ['sip.tls'] : [])],
      use: () => {
        if (newHttp && next.httpTls !== null) http.setSecureContext(next.httpTls);
        if (newSip && next.sipTls !== null) sip.renewTls(next.sipTls);
        now = next;
      },
    };
  };
}

/** Makes the hashes that the start did not wait for, and stores each while nothing else changes the directory. */
export function makeLateHashes(
  { changes }: Provisioned,
  { clock, log, hasher, store, directory }: Parts,
  toHash: readonly WrittenPassword[],
): LateHashes {
  const save = (of: WrittenPassword, hash: string) =>
    changes.between(async () => {
      const user = directory.records.user(of.organizationId, of.userId);
      // Another password may have come meanwhile.
      if (user === null || !directory.isWritten(user, of.password)) return;
      await store.directory.savePasswordHash(of.organizationId, of.userId, hash);
      directory.hashed(of, hash);
    });
  return new LateHashes({ clock, log, hasher, toHash, save });
}

/** Once the store has all that this start has put there. Gives the limits that were set and are the file's now. */
export async function startProvisioned({ changes, limits }: Provisioned, { config }: Parts): Promise<Overwritten[]> {
  await changes.start();
  const set = limitsSet(changes);
  const { limits: next, settings, overwritten } = limitsByFile(config, set);
  if (Object.keys(settings).length > 0) {
    const before = limitsOver({ ...config, writtenLimits: [] }, set);
    const fields = differences(writtenLimits(before), writtenLimits(next));
    const events =
      overwritten.length === 0 ? [] : ([{ organizationId: null, type: 'limitsChanged', data: { fields } }] as const);
    await changes.run(byFile(config.file), async () => ({ plan: { origin: 'file', settings, events }, result: null }));
  }
  limits.set(next);
  return overwritten;
}

/**
 * For an administrator who runs the server. Throws AppError; a mistake in the file as `configuration`, with its place.
 */
export async function reloadFor(
  { reload, changes }: Provisioned,
  directory: Parts['directory'],
  asker: Asker,
  removeLeft: boolean,
): Promise<Reloaded> {
  if (!isOperator(directory, changes, asker)) throw onlyOperators();
  if (reload === null) throw new AppError('unavailable', 'The server is starting.');
  try {
    return await reload.run(doer(directory, asker), removeLeft);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message, file, path, expected, line, column } = error;
    const place = line === null || column === null ? {} : { line, column };
    throw new AppError('configuration', message, { file, path, expected, ...place }, 400);
  }
}

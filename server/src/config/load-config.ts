import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { Secret } from '../base/secret.ts';
import type { Config } from './config.ts';
import { ConfigError, WrongArgument } from './config-error.ts';
import { checkAcross } from './cross-checks.ts';
import { organization } from './organization-keys.ts';
import { PlacedDocument } from './placed-document.ts';
import { QuickDocument } from './quick-document.ts';
import { key, list, optional, type Reader, section } from './readers.ts';
import { type limitsKeys, serverKeys } from './server-keys.ts';
import type { ConfigDocument } from './value.ts';
import { CannotBeRead, readWhole } from './whole-file.ts';

/** Where the configuration comes from. */
export interface ConfigSources {
  /** Command line after the script's name; only `--config FILE` is known. */
  readonly args: readonly string[];
  /** PARTYLINE_CONFIG and PARTYLINE_DATA are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly folder: string;
  /** Processor cores, for `media.processes: auto`. */
  readonly cores: number;
}

/**
 * Reads and checks the configuration: `--config`, else PARTYLINE_CONFIG, else partyline.yaml if it is there, else
 * defaults. Throws ConfigError.
 */
export function loadConfig(sources: ConfigSources): Config {
  const file = configFile(sources);
  const dataFolder = resolve(sources.folder, sources.env['PARTYLINE_DATA'] || 'data');
  if (file === null) return parseConfig('partyline.yaml', '', dataFolder, sources.cores, null);
  return parseConfig(file.path, file.text, dataFolder, sources.cores);
}

/** The configuration in `text`; `file` is only named in errors and in the result. */
export function parseConfig(
  file: string,
  text: string,
  dataFolder: string,
  cores: number,
  shownFile: string | null = file,
): Config {
  const read = (document: ConfigDocument) => configIn(document, text, dataFolder, cores, shownFile);
  try {
    return read(new QuickDocument(file, text));
  } catch {
    // Whatever is wrong: where it stands, and whether it is wrong at all, is said by the slower reading.
    return read(new PlacedDocument(file, text));
  }
}

function configIn(
  document: ConfigDocument,
  text: string,
  dataFolder: string,
  cores: number,
  shownFile: string | null,
): Config {
  const keys = serverKeys(cores);
  const read = section({
    http: withDefaults(keys.http),
    sip: withDefaults(keys.sip),
    media: withDefaults(keys.media),
    store: key(keys.store, 'sqlite' as const),
    sandbox: key(keys.sandbox, 'auto' as const),
    organizations: optional(list(organization)),
    trunks: optional(keys.trunks),
    dialPlan: optional(keys.dialPlan),
    limits: withDefaults(keys.limits),
    unifiedApi: withDefaults(keys.unifiedApi),
    webServices: withDefaults(keys.webServices),
    webhooks: withDefaults(keys.webhooks),
    retention: withDefaults(keys.retention),
  })(document.root());
  const { sessionIdle, ...webServices } = read.webServices;
  const { log, records, requestKeys, recordings, recordingsSize, signallingSize, samplesSize, ...counts } =
    read.retention;
  const config: Config = Object.freeze({
    ...read,
    file: shownFile,
    dataFolder,
    limits: limitsOf(read.limits),
    writtenLimits: Object.freeze((document.root().child('limits')?.entries ?? []).map((entry) => entry.key)),
    fileText: shownFile === null ? null : new Secret(text),
    webServices: Object.freeze({ ...webServices, sessionIdleMs: sessionIdle }),
    webhooks: Object.freeze({
      giveUpAfterMs: read.webhooks.giveUpAfter,
      allowPrivate: read.webhooks.allowPrivateWebhooks ?? isForThisMachine(read),
      secretOverlapMs: read.webhooks.secretOverlap,
    }),
    retention: Object.freeze({
      ...counts,
      logMs: log,
      recordsMs: records,
      requestKeysMs: requestKeys,
      recordingsMs: recordings,
      recordingsBytes: recordingsSize,
      signallingBytes: signallingSize ?? 0,
      samplesBytes: samplesSize ?? 0,
    }),
  });
  checkAcross(document, config);
  return config;
}

/** The section `limits` as the program uses it. */
export function limitsOf({ pinLockout, silence, ...limits }: ReturnType<typeof limitsKeys>): Config['limits'] {
  return Object.freeze({ ...limits, pinLockoutMs: pinLockout, silenceMs: silence });
}

/**
 * Whether nobody reaches the server from elsewhere, by a proxy neither: then whoever subscribes could reach the own
 * network anyway.
 */
function isForThisMachine({ http, sip }: Pick<Config, 'http' | 'sip'>): boolean {
  const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
  const isBehindProxy = http.publicUrl !== null || http.trustedProxies.length > 0;
  return isLoopback(http.host) && isLoopback(sip.host) && !isBehindProxy;
}

/** A section that may be left out: then each of its keys has its default. */
function withDefaults<T>(read: Reader<T>) {
  return { read, fallback: { value: read(new QuickDocument('', '{}').root()) } };
}

function configFile(sources: ConfigSources): { path: string; text: string } | null {
  const fromArgs = configArgument(sources.args);
  const fromEnv = sources.env['PARTYLINE_CONFIG'];
  const named = fromArgs ?? (fromEnv === '' ? undefined : fromEnv);
  const path = named ?? 'partyline.yaml';
  try {
    return { path, text: textOf(path, readWhole(resolve(sources.folder, path))) };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (named === undefined && code === 'ENOENT') return null;
    const reasons: Record<string, string> = { ENOENT: 'there is none', EISDIR: 'it is a folder' };
    const reason =
      error instanceof CannotBeRead ? error.message : (reasons[code ?? ''] ?? `it cannot be read (${code})`);
    const by = fromArgs !== undefined ? '--config' : named !== undefined ? 'PARTYLINE_CONFIG' : 'the default';
    throw new ConfigError(path, '', `expected a configuration file (named by ${by}), but ${reason}`);
  }
}

/** Throws ConfigError where the bytes are no UTF-8: what an editor wrote otherwise would be read as something else. */
function textOf(path: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const line =
    bytes
      .toString('latin1')
      .split('\n')
      .findIndex((one) => !isUtf8(Buffer.from(one, 'latin1'))) + 1;
  throw new ConfigError(path, '', 'not valid YAML: the text is not UTF-8: save it as that', { line, column: 1 });
}

function configArgument(args: readonly string[]): string | undefined {
  let file: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === '--config') {
      file = args[++at];
      if (file === undefined || file === '') throw new WrongArgument('--config', 'expected a file behind it');
    } else if (arg.startsWith('--config=')) {
      file = arg.slice('--config='.length);
      if (file === '') throw new WrongArgument('--config', 'expected a file behind it');
    } else {
      throw new WrongArgument(arg, 'unknown argument, expected --config FILE');
    }
  }
  return file;
}

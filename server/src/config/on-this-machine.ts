import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { createSecureContext } from 'node:tls';
import { udpPortTrouble } from '../base/udp-port.ts';
import type { Config, TlsFiles } from './config.ts';
import { ConfigError } from './config-error.ts';
import { CannotBeRead, readWhole } from './whole-file.ts';

export interface TlsKeys {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What the names in the configuration stand for here. */
export interface OnThisMachine {
  /** IP addresses that sockets can be bound to. HTTP takes the name itself, which may stand for several. */
  readonly sip: string;
  readonly media: string;
  /** `media.advertise` as an IP address, of whatever machine: phones send signalling and media there. */
  readonly advertise: string | null;
  /**
   * Where media goes when `media.host` is every address of this machine and nothing is advertised: one that others
   * reach.
   */
  readonly mediaShown: string | null;
  /** Where people have their phones register. */
  readonly sipShown: string;
  readonly httpTls: TlsKeys | null;
  readonly sipTls: TlsKeys | null;
}

/**
 * What only the machine can tell: that hosts are names of its own addresses, and that TLS files are what they should
 * be. Nothing is kept open. Throws ConfigError.
 */
export async function checkOnThisMachine({ file, http, sip, media }: Config): Promise<OnThisMachine> {
  const named = file ?? 'the defaults';
  const keys = checkTlsFiles({ file, http, sip });
  await ownAddress(named, 'http.host', http.host);
  const mediaAddress = await ownAddress(named, 'media.host', media.host);
  const sipAddress = await ownAddress(named, 'sip.host', sip.host);
  const advertise = media.advertise === null ? null : await addressOf(named, 'media.advertise', media.advertise);
  return {
    sip: sipAddress,
    media: mediaAddress,
    advertise,
    mediaShown: isWildcard(mediaAddress) ? outwardAddress(mediaAddress) : null,
    sipShown: advertise ?? (isWildcard(sipAddress) ? outwardAddress(sipAddress) : sipAddress),
    ...keys,
  };
}

/** The same of the TLS files alone. Throws ConfigError. */
export function checkTlsFiles({
  file,
  http,
  sip,
}: Pick<Config, 'file' | 'http' | 'sip'>): Pick<OnThisMachine, 'httpTls' | 'sipTls'> {
  const named = file ?? 'the defaults';
  return { httpTls: tlsKeys(named, 'http.tls', http.tls), sipTls: tlsKeys(named, 'sip.tls', sip.tls) };
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/**
 * The first address by which other machines reach this one, of the family of `wildcard`; loopback when there is none.
 */
function outwardAddress(wildcard: string): string {
  const family = wildcard === '::' ? 'IPv6' : 'IPv4';
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = all.find((one) => one.family === family && !one.internal && !one.address.startsWith('fe80'));
  return found?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1');
}

async function addressOf(file: string, path: string, host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      file,
      path,
      `expected an IP address or a name that has one, but "${host}" has none (${code})`,
    );
  }
}

/** The address of `host`, after a socket was bound to it at any free port. */
async function ownAddress(file: string, path: string, host: string): Promise<string> {
  const address = await addressOf(file, path, host);
  const trouble = await udpPortTrouble({ address, port: 0 });
  if (trouble !== null) {
    const found = host === address ? address : `${host} (${address})`;
    throw new ConfigError(
      file,
      path,
      `expected an address of this machine, but nothing can listen on ${found} (${trouble.code})`,
    );
  }
  return address;
}

function tlsKeys(file: string, path: string, tls: TlsFiles | null): TlsKeys | null {
  if (tls === null) return null;
  const cert = read(file, `${path}.cert`, tls.cert);
  const key = read(file, `${path}.key`, tls.key);
  check(file, `${path}.cert`, `expected a certificate (PEM), but ${tls.cert} holds none that can be used`, { cert });
  check(file, `${path}.key`, `expected a private key without passphrase (PEM), but ${tls.key} holds none`, { key });
  const pair = `expected the private key of the certificate in ${tls.cert}, but ${tls.key} holds another`;
  check(file, `${path}.key`, pair, { cert, key });
  return { cert, key };
}

function read(file: string, path: string, pem: string): Buffer {
  try {
    return readWhole(pem);
  } catch (error) {
    const why = error instanceof CannotBeRead ? error.message : (error as NodeJS.ErrnoException).code;
    throw new ConfigError(file, path, `expected a PEM file, but ${pem} cannot be read (${why})`);
  }
}

function check(file: string, path: string, expected: string, keys: Partial<TlsKeys>): void {
  try {
    createSecureContext(keys);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(file, path, `${expected} (${code ?? 'unknown format'})`);
  }
}

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Config, TlsFiles } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import { checkOnThisMachine } from '../../config/on-this-machine.ts';
import { type Check, type Finding, isLoopback, note, ok, problem, warning } from './finding.ts';

const soonDays = 14;
const dayMs = 86_400_000;

/** Addresses of private networks (RFC 1918, RFC 6598, RFC 4193). */
const privateNetworks = new BlockList();
privateNetworks.addSubnet('10.0.0.0', 8);
privateNetworks.addSubnet('172.16.0.0', 12);
privateNetworks.addSubnet('192.168.0.0', 16);
privateNetworks.addSubnet('100.64.0.0', 10);
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

/** Who can reach it, and whether what it tells others of itself is true. */
export const network: Check = async ({ config, clock }) => [
  ...(await here(config)),
  nat(config),
  microphone(config),
  secrecy(config),
  ...certificate('http.tls', config.http.tls, clock.now()),
  ...certificate('sip.tls', config.sip.tls, clock.now()),
];

async function here(config: Config): Promise<Finding[]> {
  try {
    await checkOnThisMachine(config);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [problem('addresses', error.message, 'correct it: the server will not start')];
  }
}

function nat({ media, sip }: Config): Finding {
  const about = 'NAT';
  if (isLoopback(sip.host) && isLoopback(media.host)) {
    return note(
      about,
      'phones on this machine only',
      'for others set sip.host and media.host to an address of this machine',
    );
  }
  if (isLoopback(media.host)) {
    return problem(
      about,
      'phones elsewhere can call, but nobody hears anything: media.host is loopback',
      'set media.host as sip.host',
    );
  }
  if (media.advertise !== null) {
    return isOwn(media.advertise)
      ? ok(about, `phones are told to send to ${media.advertise}, which is this machine`)
      : note(
          about,
          `phones are told to send to ${media.advertise}, which is not this machine`,
          `its router has to pass UDP and TCP ${sip.port} and UDP ${media.rtpPorts.from}-${media.rtpPorts.to}, ${media.webrtcPort} on to here`,
        );
  }
  const shown = outward(media.host);
  if (shown.every((address) => isIP(address) !== 0 && isPrivate(address))) {
    return note(
      about,
      `phones are told to send to ${shown.join(' or ') || media.host}, a private address: those of other networks cannot`,
      'behind a router set media.advertise to its public address',
    );
  }
  return ok(about, `phones are told to send to ${shown.join(' or ')}`);
}

function microphone({ http }: Config): Finding {
  const about = 'browsers';
  if (http.tls !== null || http.publicUrl?.startsWith('https:')) return ok(about, 'reach it by HTTPS');
  if (isLoopback(http.host))
    return note(about, 'on this machine only; elsewhere they give the microphone to HTTPS alone');
  return warning(
    about,
    'on other machines can listen, but not talk: they give the microphone to HTTPS alone',
    'set http.tls, or put a proxy in front and name it in http.publicUrl',
  );
}

/** Who on the way can listen to phones. */
function secrecy({ sip }: Config): Finding {
  const about = 'secrecy';
  if (sip.tlsPort !== null) {
    if (sip.srtp === 'required') return ok(about, 'no phone without SRTP');
    return note(about, 'a phone over TLS that speaks SRTP cannot be listened to, any other can', 'see sip.srtp');
  }
  const next = 'set sip.tlsPort and sip.tls, and have the phones register there';
  if (sip.srtp !== 'required') return note(about, 'whoever is on the way can listen to phones', next);
  return warning(about, 'the sound of phones is under keys that whoever is on the way can read', next);
}

function certificate(about: string, tls: TlsFiles | null, now: number): Finding[] {
  if (tls === null) return [];
  try {
    const { validTo, subject } = new X509Certificate(readFileSync(tls.cert));
    const days = Math.floor((Date.parse(validTo) - now) / dayMs);
    const what = `${subject.replaceAll('\n', ', ')} is valid until ${validTo}`;
    if (days < 0) return [problem(about, `${what}: it has run out`, 'renew it')];
    if (days < soonDays) return [warning(about, `${what}: ${days} days`, 'renew it, and reload the server')];
    return [ok(about, what)];
  } catch {
    // Said under "addresses", with what is wrong.
    return [];
  }
}

function isPrivate(address: string): boolean {
  return privateNetworks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function addresses() {
  return Object.values(networkInterfaces()).flatMap((list) => list ?? []);
}

function isOwn(address: string): boolean {
  return addresses().some((one) => one.address === address);
}

/** What a host of the configuration stands for. */
function outward(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const family = host === '::' ? 'IPv6' : 'IPv4';
  return addresses()
    .filter((one) => one.family === family && !one.internal && !one.address.startsWith('fe80'))
    .map(({ address }) => address);
}

import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { probeUring } from '../../media/process/sockets/probe.ts';
import { type Check, type Finding, note, ok } from './finding.ts';
import { udp } from './ports.ts';

/** Room for packets that come while the process does something else. */
const goodReceiveBuffer = 1 << 20;

/** What the kernel offers for sound and addresses. None of it is needed: without it the usual ways are taken. */
export const kernel: Check = async () => [await ioUring(), receiveBuffer(), await ipv6()];

/** Tried with a datagram to itself, as a media process does when it starts. */
async function ioUring(): Promise<Finding> {
  const about = 'io_uring';
  const { works, reason } = await probeUring();
  if (works) return ok(about, 'works here: the sound of phones goes through it');
  const disabled = read('/proc/sys/kernel/io_uring_disabled');
  const off = disabled === '2' || (disabled === '1' && process.getuid?.() !== 0);
  const text = `${reason}; plain sockets are used, at more processor time`;
  if (off) return note(about, text, 'sysctl kernel.io_uring_disabled=0');
  return note(about, `${text} (containers often forbid it: seccomp)`);
}

function receiveBuffer(): Finding {
  const about = 'UDP buffers';
  const most = Number(read('/proc/sys/net/core/rmem_max'));
  if (!(most > 0)) return note(about, 'how large they may be is not told here');
  const text = `up to ${Math.round(most / 1024)} KB`;
  if (most >= goodReceiveBuffer) return ok(about, text);
  return note(
    about,
    `${text}: with hundreds of calls packets may be lost in bursts`,
    `sysctl net.core.rmem_max=${goodReceiveBuffer}`,
  );
}

async function ipv6(): Promise<Finding> {
  const about = 'IPv6';
  const code = await udp('::1', 0);
  if (code !== null) return note(about, `this machine has none (${code}); IPv4 is used`);
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outward = all.find((one) => one.family === 'IPv6' && !one.internal && !one.address.startsWith('fe80'));
  if (outward !== undefined)
    return ok(about, `${outward.address}; a host "::" in the configuration takes both families`);
  return note(about, 'on this machine only: no address that others reach');
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

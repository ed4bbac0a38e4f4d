import { readFileSync } from 'node:fs';
import { networkInterfaces, release } from 'node:os';
import { type Check, type Finding, note, ok } from './finding.ts';
import { udp } from './ports.ts';

/** The first Linux with what is used of io_uring: multishot receive and buffer rings. */
const ringsSince = [6, 0] as const;
/** Room for packets that come while the process does something else. */
const goodReceiveBuffer = 1 << 20;

/** What the kernel offers for sound and addresses. None of it is needed: without it the usual ways are taken. */
export const kernel: Check = async () => [ioUring(), receiveBuffer(), await ipv6()];

function ioUring(): Finding {
  const about = 'io_uring';
  if (process.platform !== 'linux') return note(about, 'there is none on this system; plain sockets are used');
  const disabled = read('/proc/sys/kernel/io_uring_disabled');
  if (disabled === '2' || (disabled === '1' && process.getuid?.() !== 0)) {
    return note(
      about,
      'it is switched off; plain sockets are used, at more processor time',
      'sysctl kernel.io_uring_disabled=0',
    );
  }
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const [neededMajor, neededMinor] = ringsSince;
  if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
    return note(about, `Linux ${release()} has too little of it; plain sockets are used`);
  }
  return ok(about, `Linux ${release()} has it; containers may forbid it (seccomp), which shows at the start alone`);
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

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { udpPortTrouble } from '../../base/udp-port.ts';
import type { Config } from '../../config/config.ts';
import { type Check, type Finding, note, ok, problem, warning } from './finding.ts';

/** Pairs of the RTP range that are tried, spread over it. */
const samples = 16;

/** Whether the server could listen where it is told to. */
export const ports: Check = async ({ config: { http, sip, media }, running }) => {
  if (running)
    return [ok('ports', `a Partyline server answers at port ${http.port} and has them`), ephemeral(media.rtpPorts)];
  const tried = [
    await onePort('http.port', http.port, [() => tcp(http.host, http.port)]),
    await onePort('sip.port', sip.port, [() => udp(sip.host, sip.port), () => tcp(sip.host, sip.port)]),
    ...(sip.tlsPort === null ? [] : [await onePort('sip.tlsPort', sip.tlsPort, [() => tcp(sip.host, sip.tlsPort!)])]),
    await browserPorts(media),
    await rtpRange(media.host, media.rtpPorts),
    ephemeral(media.rtpPorts),
  ];
  return tried;
};

async function onePort(
  key: string,
  port: number,
  attempts: readonly (() => Promise<string | null>)[],
): Promise<Finding> {
  for (const attempt of attempts) {
    const code = await attempt();
    if (code === null) continue;
    if (code === 'EACCES') {
      return problem(
        key,
        `port ${port} is for the system (below 1024)`,
        `set ${key} to another, or give the service CAP_NET_BIND_SERVICE`,
      );
    }
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used (${code})`;
    return problem(
      key,
      `port ${port} ${why}`,
      `end that program (ss -lunpt 'sport = ${port}' names it), or set ${key} to another`,
    );
  }
  return ok(key, `port ${port} is free`);
}

/** One for each media process. */
async function browserPorts({ host, webrtcPort, processes }: Config['media']): Promise<Finding> {
  let found = ok('media.webrtcPort', `port ${webrtcPort} is free`);
  for (let index = 0; index < processes && found.grade === 'ok'; index++) {
    found = await onePort('media.webrtcPort', webrtcPort + index, [() => udp(host, webrtcPort + index)]);
  }
  return found;
}

async function rtpRange(host: string, { from, to }: { from: number; to: number }): Promise<Finding> {
  const pairs = Math.floor((to - from + 1) / 2);
  const step = Math.max(1, Math.floor(pairs / samples));
  let [tried, taken] = [0, 0];
  for (let pair = 0; pair < pairs; pair += step) {
    tried++;
    if ((await udp(host, from + 2 * pair)) !== null) taken++;
  }
  const text = `${from}-${to}: ${pairs} phones at once`;
  if (taken === 0) return ok('media.rtpPorts', text);
  const what = `${text}, but ${taken} of ${tried} that were tried are in use`;
  const next = 'end the program that has them, or set media.rtpPorts to another range';
  return taken === tried ? problem('media.rtpPorts', what, next) : warning('media.rtpPorts', what, next);
}

/** Ports that the system gives to whoever asks for any are now and then taken when a call wants them. */
function ephemeral({ from, to }: { from: number; to: number }): Finding {
  const about = 'ports given out';
  try {
    const [low = 0, high = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      .trim()
      .split(/\s+/)
      .map(Number);
    if (to < low || from > high) return ok(about, `the system gives out ${low}-${high}, none of media.rtpPorts`);
    return note(
      about,
      `the system gives out ${low}-${high}, which overlaps media.rtpPorts: one that is taken is passed over`,
      'choose a range outside, or reserve it: sysctl net.ipv4.ip_local_reserved_ports',
    );
  } catch {
    return note(about, 'which ports the system gives out is not told here');
  }
}

function tcp(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

export async function udp(address: string, port: number): Promise<string | null> {
  const trouble = await udpPortTrouble({ address, port });
  return trouble === null ? null : (trouble.code ?? 'unknown');
}

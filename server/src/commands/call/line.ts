import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { availableParallelism } from 'node:os';
import type { HostPort } from '../../base/host-port.ts';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { type CommandContext, CommandError, exitCodes, UsageError } from '../command.ts';

export interface Line {
  readonly server: HostPort;
  /** The address of this machine that the server is reached from; any free port. */
  readonly bind: HostPort;
  /** Null: a guest. */
  readonly account: { readonly username: string; readonly password: string } | null;
}

interface Named {
  readonly server?: string | undefined;
  readonly as?: string | undefined;
  readonly password?: string | undefined;
}

/** Where to call and as whom, of options and the configuration. Throws CommandError, ConfigError. */
export async function lineOf({ server: named, as, password }: Named, { env, folder }: CommandContext): Promise<Line> {
  const needsConfig = named === undefined || (as !== undefined && password === undefined);
  const config = needsConfig ? loadConfig({ args: [], env, folder, cores: availableParallelism() }) : null;
  const server = await resolved(named === undefined ? configured(config!) : readServer(named));
  const bind = { address: await ownAddress(server), port: 0 };
  if (as === undefined) return { server, bind, account: null };
  const known = password ?? (env['PARTYLINE_SIP_PASSWORD'] || undefined) ?? inConfiguration(config, as);
  if (known === undefined) {
    const where =
      'set PARTYLINE_SIP_PASSWORD (the first start shows those of the sandbox), or leave --as out to call as a guest';
    throw new UsageError('call', `the password of ${as} is not in the configuration: ${where}`);
  }
  return { server, bind, account: { username: as, password: known } };
}

function configured({ sip }: Config): HostPort {
  const address = sip.host === '0.0.0.0' ? '127.0.0.1' : sip.host === '::' ? '::1' : sip.host;
  return { address, port: sip.port };
}

/** `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`. */
function readServer(text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? 5060);
  if (match === null || port < 1 || port > 65_535)
    throw new UsageError('call', `--server is HOST or HOST:PORT, not "${text.slice(0, 100)}"`);
  return { address: match[1] ?? match[2]!, port };
}

async function resolved({ address, port }: HostPort): Promise<HostPort> {
  try {
    return { address: (await lookup(address)).address, port };
  } catch {
    throw new CommandError(
      exitCodes.unreachable,
      `${address} has no address`,
      'name the server with --server HOST:PORT',
    );
  }
}

/** Nothing is sent: the system only says which way it would take. */
function ownAddress({ address, port }: HostPort): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const fail = () =>
      reject(
        new CommandError(
          exitCodes.unreachable,
          `there is no way from this machine to ${address}`,
          'is the network up, and --server right?',
        ),
      );
    socket.once('error', fail);
    socket.connect(port, address, () => {
      resolve(socket.address().address);
      socket.close();
    });
  });
}

function inConfiguration(config: Config | null, number: string): string | undefined {
  for (const organization of config?.organizations ?? []) {
    for (const extension of organization.users.flatMap((user) => user.extensions)) {
      if (extension.type !== 'terminal') continue;
      if (extension.number === number || `${organization.prefix}*${extension.number}` === number) {
        return extension.sipPassword?.reveal();
      }
    }
  }
  return undefined;
}

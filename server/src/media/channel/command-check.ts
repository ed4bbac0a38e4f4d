import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { CommandError, type Commands, packetTimes } from './protocol.ts';

/** True when the value has the shape; nothing is converted. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && value.length > 0 && value.length <= 512;
const path: Check = (value) => typeof value === 'string' && value.length <= 4096 && isAbsolute(value);
const flag: Check = (value) => typeof value === 'boolean';
const whole =
  (from: number, to: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
const between =
  (from: number, to: number): Check =>
  (value) =>
    typeof value === 'number' && value >= from && value <= to;
const oneOf =
  (...allowed: unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const address: Check = (value) => typeof value === 'string' && isIP(value) !== 0;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
const shape =
  (fields: Record<string, Check>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));
const either =
  (...checks: Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));

const payloadType = whole(0, 127);
const port = whole(1, 65535);
const format = { payloadType, codec: text };
const eventFormat = { payloadType, clockRate: whole(1, 192_000) };

const commandShapes: Record<keyof Commands, Record<string, Check>> = {
  hello: { version: whole(0, 1_000_000) },
  createRoom: { room: text },
  closeRoom: { room: text },
  openLeg: { leg: text, cname: text, transport: shape({ kind: oneOf('udp'), bind: address }) },
  configureLeg: {
    leg: text,
    remote: nullable(
      shape({
        kind: oneOf('udp'),
        address,
        port,
        rtcpPort: optional(nullable(port)),
        signalledFrom: optional(address),
        provenHost: optional(address),
      }),
    ),
    send: nullable(shape({ ...format, ptime: oneOf(...packetTimes) })),
    receive: listOf(shape(format), 16),
    telephoneEvents: shape({ send: nullable(shape(eventFormat)), receive: listOf(shape(eventFormat), 32) }),
    direction: oneOf('sendrecv', 'sendonly', 'recvonly', 'inactive'),
    watched: optional(flag),
  },
  closeLeg: { leg: text },
  joinRoom: { leg: text, room: text },
  leaveRoom: { leg: text },
  setLeg: {
    leg: text,
    muted: optional(flag),
    deaf: optional(flag),
    gain: optional(between(-40, 20)),
    hold: optional(nullable(shape({ music: nullable(text) }))),
    heardBy: optional(nullable(text)),
  },
  play: {
    play: text,
    target: either(shape({ leg: text }), shape({ room: text })),
    items: listOf(
      either(shape({ file: text }), shape({ tone: text }), shape({ silenceMs: between(0, 600_000) })),
      1000,
    ),
    loop: optional(flag),
    mix: optional(flag),
  },
  stopPlay: { play: text },
  setMusic: { room: text, file: nullable(text) },
  sendDigits: {
    leg: text,
    digits: text,
    durationMs: optional(between(1, 60_000)),
    gapMs: optional(between(0, 60_000)),
  },
  startRecording: { recording: text, room: text, folder: path, tone: flag },
  pauseRecording: { recording: text, paused: flag },
  stopRecording: { recording: text },
  stats: {},
  ping: {},
  shutdown: {},
};

/** Whether there is a command of that name. */
export function isCommand(name: string): name is keyof Commands {
  return Object.hasOwn(commandShapes, name);
}

/** Returns `ask` as what the command takes; throws CommandError `invalid` naming the first wrong field. */
export function checkAsk<Name extends keyof Commands>(command: Name, ask: unknown): Commands[Name]['ask'] {
  if (typeof ask !== 'object' || ask === null) throw new CommandError('invalid', `${command} takes an object`);
  for (const [name, check] of Object.entries(commandShapes[command])) {
    if (!check((ask as Record<string, unknown>)[name])) {
      throw new CommandError('invalid', `${command}: '${name}' is not acceptable`);
    }
  }
  return ask as Commands[Name]['ask'];
}

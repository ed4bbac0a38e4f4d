/**
 * Entry of the sandbox process: `node main.ts --seed N --port N --prompts FOLDER --log LEVEL`, forked with a channel.
 * Says where it listens, and ends, calls hung up, when the channel closes: when its parent asks it to or is gone.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../base/clock.ts';
import { IdleCollection } from '../base/idle-collection.ts';
import { createLog } from '../base/log.ts';
import { SandboxCarrier } from './carrier.ts';
import type { SandboxReady } from './process.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '0' },
    prompts: { type: 'string' },
    log: { type: 'string', default: 'info' },
  },
});

const log = createLog(values.log as 'info').child({ process: 'sandbox', pid: process.pid });

let carrier: SandboxCarrier | null = null;
let ending = false;

function end(code: number): void {
  if (ending) return;
  ending = true;
  process.exitCode = code;
  // What was sent last is on its way; when nothing is left to wait for, the process is over before this fires.
  const leave = () => void systemClock.setTimer(20, () => process.exit(code));
  (carrier?.close() ?? Promise.resolve()).then(leave, leave);
}

process.on('disconnect', () => end(0));
process.on('SIGTERM', () => end(0));
// A parent that is stopped by its terminal disconnects.
process.on('SIGINT', () => {});
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'the sandbox failed');
  process.exit(1);
});

if (!Number.isSafeInteger(Number(values.seed))) throw new Error('the seed is no whole number');
carrier = await SandboxCarrier.start({
  seed: Number(values.seed),
  bind: { address: '127.0.0.1', port: Number(values.port) },
  log,
  ...(values.prompts === undefined ? {} : { promptsFolder: values.prompts }),
});
let heard = 0;
carrier.onCall = () => void heard++;
new IdleCollection({ clock: systemClock, work: () => heard, idle: () => carrier?.calls.length === 0 });
const ready: SandboxReady = { ready: carrier.address };
if (process.connected) process.send?.(ready);
else end(0);

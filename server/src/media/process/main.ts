/**
 * Entry of a media process: `node main.ts --socket PATH --bind ADDRESS --ports FROM-TO --share INDEX/OF --webrtc PORT
 * --prompts FOLDER --media-timeout MS --sockets auto|uring|dgram --warm-up on|off --log LEVEL`. Lives until told to
 * shut down, or until nobody has controlled it for ten seconds (two minutes at first, while who started it is there).
 */
import { rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import { ControlServer } from './control-server.ts';
import { MediaProcess } from './media-process.ts';
import { chooseSockets, type SocketsWish } from './sockets/probe.ts';
import { warmUp } from './warm-up.ts';
import { webRtcTransport } from './webrtc/webrtc-transport.ts';

const { values } = parseArgs({
  options: {
    socket: { type: 'string' },
    bind: { type: 'string' },
    ports: { type: 'string' },
    share: { type: 'string', default: '0/1' },
    webrtc: { type: 'string', default: '40000' },
    prompts: { type: 'string' },
    'media-timeout': { type: 'string', default: '30000' },
    sockets: { type: 'string', default: 'auto' },
    'warm-up': { type: 'string', default: 'off' },
    log: { type: 'string', default: 'info' },
  },
});
/** Less than whoever ends it waits before it kills. */
const longestEndMs = 800;
const path = values.socket ?? '';
const [from = 0, to = 0] = (values.ports ?? '').split('-').map(Number);
const [index = 0, of = 1] = values.share.split('/').map(Number);

/** Another one is our parent when it has ended. */
const starter = process.ppid;
const log = createLog(values.log as 'info').child({ process: 'media', pid: process.pid });

// Sound that is late is lost: ahead of ordinary work where the system lets us (as root, or with CAP_SYS_NICE).
try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {}

const sockets = await chooseSockets(values.sockets as SocketsWish);
log.info({ sockets: sockets.kind, reason: sockets.reason }, 'sound goes through these sockets');
const control = new ControlServer(
  systemClock,
  log,
  process.argv.slice(2).join(' '),
  end,
  () => process.ppid === starter,
);
const media = new MediaProcess({
  rtpPorts: { from, to, bind: values.bind },
  share: { index, of },
  promptsRoot: values.prompts ?? '.',
  mediaTimeoutMs: Number(values['media-timeout']),
  clock: systemClock,
  random: systemRandom,
  log,
  sockets: sockets.make,
  transports: (ports) =>
    new Map([['webrtc', webRtcTransport(systemClock, systemRandom, Number(values.webrtc), ports)]]),
  notify: (name, data) => control.notify(name, data),
});

let ended = false;

function end(): void {
  if (ended) return;
  ended = true;
  const written = media.close();
  control.close();
  rmSync(path, { force: true });
  // Goodbyes and the last answer leave before the process does, and recordings get their last block.
  const said = new Promise((done) => systemClock.setTimer(20, () => done(null)));
  systemClock.setTimer(longestEndMs, () => process.exit(0));
  void Promise.all([written, said]).then(() => process.exit(0));
}

// A control process that is stopped by its terminal says shutdown itself.
process.on('SIGINT', () => {});
process.on('SIGTERM', end);
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'media process failed');
  process.exit(1);
});

await control.listen(path, media);

if (values['warm-up'] === 'on') {
  const enough = () => ended || media.inventory().legs.length > 0;
  const warmed = warmUp({ sockets: sockets.make, promptsRoot: values.prompts ?? '.', enough });
  warmed.then(
    (ticks) => log.debug({ ticks }, 'warm'),
    // No ports on loopback, or no room: nothing is lost by it.
    (error) => log.debug({ err: error }, 'not warmed up'),
  );
}

import { onPath } from './on-path.ts';

const packages = {
  baresip: 'baresip',
  sipp: 'sip-tester',
  chromium: 'chromium',
  'firefox-esr': 'firefox-esr',
  turnserver: 'coturn',
} as const;

/**
 * `skip` option of a test that needs this program: false when it is there, else the reason. With CI=true a missing
 * program is an error, so that nothing is skipped unseen.
 */
export function needs(program: keyof typeof packages): string | false {
  if (onPath(program)) return false;
  const reason = `${program} is not installed; on Debian: sudo apt-get install -y ${packages[program]}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}

// Programs of others that the tests run (SIP phones, browsers, a proxy, a TURN server, Prometheus): installed on Debian as root, asked for by name elsewhere.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { askedToEnd, onPath, run } from './run.mjs';

/** What a test asks for with `needs` is one of these. */
export const peers = [
  { program: 'sipp', debianPackage: 'sip-tester' },
  { program: 'baresip', debianPackage: 'baresip' },
  { program: 'chromium', debianPackage: 'chromium' },
  { program: 'firefox-esr', debianPackage: 'firefox-esr' },
  { program: 'prometheus', debianPackage: 'prometheus' },
  { program: 'tshark', debianPackage: 'tshark' },
  { program: 'nft', debianPackage: 'nftables' },
  // As their packages have them, they would run as services: one would take port 80, the other relay for anybody.
  { program: 'nginx', debianPackage: 'nginx-light', service: 'nginx.service' },
  { program: 'turnserver', debianPackage: 'coturn', service: 'coturn.service' },
];

const aptInstall = ['apt-get', 'install', '-y', '--no-install-recommends'];

const quiet = {
  stdio: ['ignore', 2, 2],
  env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
};

/** What a package brings as a service is not to run: the tests start the program, on loopback alone. */
function mask(service) {
  const file = `/etc/systemd/system/${service}`;
  if (existsSync(file)) return;
  mkdirSync('/etc/systemd/system', { recursive: true });
  symlinkSync('/dev/null', file);
}

/** Nothing follows what was told to end. */
async function runUnlessAsked(command) {
  if (askedToEnd() === null) await run(command, quiet);
}

const missingNow = () => peers.filter(({ program }) => !onPath(program));

/** Installs the missing peers where it can; where it cannot, says how. The tests themselves skip, or fail with CI=true. */
export async function ensurePeers() {
  const wanted = missingNow();
  if (wanted.length === 0) return;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    const packages = wanted.map(({ debianPackage }) => debianPackage);
    process.stderr.write(`partyline: installing ${packages.join(' and ')} for the tests with real phones ...\n`);
    for (const { service } of wanted) if (service !== undefined) mask(service);
    await runUnlessAsked(['apt-get', 'update', '-q']);
    await runUnlessAsked([...aptInstall, ...packages]);
    // One that there is not by this name has kept away the others.
    const left = missingNow();
    if (left.length > 0 && wanted.length > 1) {
      for (const { debianPackage } of left) await runUnlessAsked([...aptInstall, debianPackage]);
    }
  }
  const missing = missingNow();
  if (missing.length === 0) return;
  process.stderr.write(
    `partyline: ${missing.map(({ program }) => program).join(' and ')} not installed; the tests that need it ` +
      `${process.env.CI === 'true' ? 'will fail (CI=true)' : 'are reported as skipped'}. On Debian or Ubuntu:\n` +
      `    sudo apt-get update && sudo ${[...aptInstall, ...missing.map(({ debianPackage }) => debianPackage)].join(' ')}\n`,
  );
}

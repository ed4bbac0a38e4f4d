import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { systemRandom } from '../../base/random.ts';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import { linesOf } from '../../config/lines.ts';
import { loadConfig } from '../../config/load-config.ts';
import { PlacedDocument } from '../../config/placed-document.ts';
import { PasswordHasher } from '../../directory/password.ts';
import { recordsAtOnce } from '../../directory/provision.ts';
import { eachOf, keyOf, noRecords, refOf } from '../../directory/records.ts';
import { packed } from './packed.ts';
import type { ReadingMessage, ReadingOrder, ReadRecord } from './reading-messages.ts';

/**
 * Reads and checks the file off the thread that signals: of ten thousand users that takes seconds. What it finds goes
 * over in parts, so that the other side never has much to do at a time.
 */
const recordsAtATime = 200;
const linesAtATime = 2000;

/** Resolves when it has been taken: what waits there would all be taken at once. */
async function post(message: ReadingMessage): Promise<void> {
  if (parentPort === null) return;
  parentPort.postMessage(packed(message));
  await once(parentPort, 'message');
}

async function read({ sources, realm, linesOf: only }: ReadingOrder): Promise<void> {
  if (only !== null) await postLines(only.file, only.text);
  if (sources === null) return;
  const config = loadConfig(sources);
  await postRecords(config, realm);
  if (config.file !== null && config.fileText !== null) await postLines(config.file, config.fileText.reveal());
  const { organizations, trunks, fileText: _text, ...rest } = config;
  const named = { namesOrganizations: organizations !== null, namesTrunks: trunks !== null };
  await post({ kind: 'config', config: { ...rest, ...named } });
}

async function postRecords({ organizations, trunks }: Config, realm: string): Promise<void> {
  const stored = { ...noRecords, dialPlan: [] };
  const hasher = new PasswordHasher({ random: systemRandom });
  const { records, toHash } = recordsAtOnce({ organizations, trunks, dialPlan: null }, stored, realm, hasher);
  const passwords = new Map(toHash.map((one) => [`user ${one.organizationId}-${one.userId}`, one.password]));
  const all = eachOf(records).map((one): ReadRecord => ({ one, password: passwords.get(keyOf(refOf(one))) ?? null }));
  for (let at = 0; at < all.length; at += recordsAtATime)
    await post({ kind: 'records', records: all.slice(at, at + recordsAtATime) });
}

async function postLines(file: string, text: string): Promise<void> {
  const lines = Array.from(linesOf(new PlacedDocument(file, text)), ([key, line]) => `${key} ${line}`);
  for (let at = 0; at < lines.length; at += linesAtATime)
    await post({ kind: 'lines', lines: lines.slice(at, at + linesAtATime).join('\n') });
}

try {
  await read(workerData as ReadingOrder);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  const { message, file, path, expected, line, column } = error;
  const place = line === null || column === null ? null : { line, column };
  await post({ kind: 'mistake', mistake: { message, file, path, expected, place } });
}

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

function post(message: ReadingMessage): void {
  parentPort?.postMessage(packed(message));
}

function read({ sources, realm, linesOf: only }: ReadingOrder): void {
  if (only !== null) postLines(only.file, only.text);
  if (sources === null) return;
  const config = loadConfig(sources);
  postRecords(config, realm);
  if (config.file !== null && config.fileText !== null) postLines(config.file, config.fileText.reveal());
  const { organizations, trunks, fileText: _text, ...rest } = config;
  const named = { namesOrganizations: organizations !== null, namesTrunks: trunks !== null };
  post({ kind: 'config', config: { ...rest, ...named } });
}

function postRecords({ organizations, trunks }: Config, realm: string): void {
  const stored = { ...noRecords, dialPlan: [] };
  const hasher = new PasswordHasher({ random: systemRandom });
  const { records, toHash } = recordsAtOnce({ organizations, trunks, dialPlan: null }, stored, realm, hasher);
  const passwords = new Map(toHash.map((one) => [`user ${one.organizationId}-${one.userId}`, one.password]));
  const all = eachOf(records).map((one): ReadRecord => ({ one, password: passwords.get(keyOf(refOf(one))) ?? null }));
  for (let at = 0; at < all.length; at += recordsAtATime)
    post({ kind: 'records', records: all.slice(at, at + recordsAtATime) });
}

function postLines(file: string, text: string): void {
  const lines = linesOf(new PlacedDocument(file, text));
  post({ kind: 'lines', lines: Array.from(lines, ([key, line]) => `${key} ${line}`).join('\n') });
}

try {
  read(workerData as ReadingOrder);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  const { message, file, path, expected, line, column } = error;
  const place = line === null || column === null ? null : { line, column };
  post({ kind: 'mistake', mistake: { message, file, path, expected, place } });
}

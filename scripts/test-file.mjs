// Loaded into every test file by `npm test`: it runs from compiled sources, and a file whose tests are over ends, also when one of them
// left something running, and that is a failure. Without it the whole run would wait for what was left behind.
import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const graceSeconds = 60;
const file = process.argv[1] ?? '';

/**
 * Node.js 24 loses the brand of a class with static private methods that it reads from its compile cache ("Receiver must be class", or it
 * crashes): the official CometD client has some. The server has none.
 */
const cannotBeKept = /from 'cometd'/;

/** Whether a file of tests has it, or what it imports or loads of the peers beside it, or of the pages. */
function hasWhatCannotBeKept(path, seen = new Set()) {
  if (seen.has(path)) return false;
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  if (cannotBeKept.test(text)) return true;
  const named = [...text.matchAll(/'(\.{1,2}\/[^']*\.ts)'/g)].map(([, name]) => join(dirname(path), name));
  const looked = named.filter((one) => /\/(test|web)\//.test(one) && existsSync(one));
  return looked.some((one) => hasWhatCannotBeKept(one, seen));
}

// Not in the runner, nor in the threads and processes that inherit what the tests were started with.
if (isMainThread && /\.test\.ts$/.test(file)) {
  if (!hasWhatCannotBeKept(file)) {
    const { directory } = enableCompileCache(
      fileURLToPath(new URL('../node_modules/.cache/partyline', import.meta.url)),
    );
    // For what the tests start; none where it cannot be kept.
    if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
  }
  after(() => {
    let seconds = 0;
    // Second by second: what a test file tidies up in one go, on a busy machine, takes minutes that nothing else goes on in.
    setInterval(() => {
      if (++seconds < graceSeconds) return;
      const left = process.getActiveResourcesInfo().filter((what) => what !== 'Timeout');
      process.stderr.write(`${file} is over and goes on because of ${left.join(', ')}\n`);
      process.exit(1);
    }, 1000).unref();
  });
}

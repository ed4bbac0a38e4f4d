// Loaded into every test file by `npm test`: a file whose tests are over ends, also when one of them left something running, and that is
// a failure. Without it the whole run would wait for what was left behind.
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

const graceMs = 60_000;

// Not in the runner, nor in the threads and processes that inherit what the tests were started with.
if (isMainThread && /\.test\.ts$/.test(process.argv[1] ?? '')) {
  after(() => {
    setTimeout(() => {
      const left = process.getActiveResourcesInfo().filter((what) => what !== 'Timeout');
      process.stderr.write(`${process.argv[1]} is over and goes on because of ${left.join(', ')}\n`);
      process.exit(1);
    }, graceMs).unref();
  });
}

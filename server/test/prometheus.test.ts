import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../src/base/testing/free-port.ts';
import { endChild, startChild } from './peers/children.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** The alerting rules and the dashboard of ops/, in a Prometheus that we did not write. */

const ops = fileURLToPath(new URL('../../ops', import.meta.url));
const dashboard = JSON.parse(readFileSync(join(ops, 'grafana/partyline.json'), 'utf8')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
/** `promtool` is in the same package. */
const skip = needs('prometheus');

/** Metrics that are there only once something has happened. */
const notAlways = /trunk_up|dial_out_refused|notifications_refused|notification_sessions\b/;

test('rules and dashboard ask for metrics that are there', { skip }, async (t) => {
  const checked = execFileSync('promtool', ['check', 'rules', join(ops, 'prometheus/partyline.rules.yml')], {
    encoding: 'utf8',
  });
  assert.match(checked, /SUCCESS: 11 rules found/);

  const server = await PartylineServer.start({ config: { trunks: [{ name: 'away', uri: 'sip:127.0.0.1:9' }] } });
  t.after(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'partyline-prometheus-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(ops, 'prometheus'), folder, { recursive: true });
  const example = readFileSync(join(ops, 'prometheus/prometheus.yml'), 'utf8');
  const config = example.replace('127.0.0.1:8080', `127.0.0.1:${server.httpPort}`).replaceAll(/: 15s/g, ': 1s');
  writeFileSync(join(folder, 'prometheus.yml'), config);
  execFileSync('promtool', ['check', 'config', join(folder, 'prometheus.yml')]);
  const port = await freePort();
  const child = startChild(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  t.after(() => endChild(child));
  const query = async (expr: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`);
    return (await answer.json()) as { status: string; error?: string; data: { result: { value: [number, string] }[] } };
  };
  await waitFor(
    async () => {
      const up = await query('up{job="partyline"}').catch(() => null);
      return up?.data?.result[0]?.value[1] === '1';
    },
    20_000,
    'a scrape',
  );
  const rules = await waitFor(
    async () => {
      const answer = (await (await fetch(`http://127.0.0.1:${port}/api/v1/rules`)).json()) as {
        data: { groups: { rules: { name: string; health: string }[] }[] };
      };
      const all = answer.data.groups.flatMap((group) => group.rules);
      return all.length === 11 && all.every(({ health }) => health !== 'unknown') && all;
    },
    20_000,
    'the rules to be evaluated',
  );
  assert.deepEqual(
    rules.filter(({ health }) => health !== 'ok'),
    [],
  );
  const metrics = await (await server.request('/metrics')).text();
  const names = new Set(Array.from(metrics.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name));
  const text = `${JSON.stringify(dashboard)} ${readFileSync(join(ops, 'prometheus/partyline.rules.yml'), 'utf8')}`;
  for (const [name] of text.matchAll(/\b(?:partyline|nodejs|process)_[a-z0-9_]+/g)) {
    assert.ok(names.has(name), `${name} is no metric of ours`);
  }
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const plain = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*').replaceAll('$job', '.*');
      const answer = await query(plain);
      assert.equal(answer.status, 'success', `${title}: ${answer.error}`);
      if (!notAlways.test(plain) && !/rate\(|increase\(/.test(plain)) assert.ok(answer.data.result.length > 0, title);
    }
  }
});

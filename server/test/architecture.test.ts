import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { longestTestMs } from '../../scripts/steps.mjs';
import {
  allSources,
  browserFiles,
  files,
  importsOf,
  reportNone,
  repository,
  source,
  targetOf,
  walk,
} from './peers/source-files.ts';

/*
 * The shape of the house, as docs/architecture.md draws it: who may import whom, no cycles, no file that outgrew its
 * idea, and time, randomness, environment and I/O only where they belong.
 */

/**
 * Folder → the folders it may import besides itself and base. What is not listed is forbidden. `main` may import all.
 */
const allowedEdges: Readonly<Record<string, readonly string[]>> = {
  base: [],
  rtp: [],
  sdp: [],
  audio: [],
  sip: [],
  call: [],
  config: [],
  media: ['rtp', 'audio'],
  directory: ['call'],
  store: ['call'],
  provisioning: ['config', 'directory', 'store', 'call'],
  retention: ['config', 'store'],
  ivr: [],
  push: ['call'],
  legs: ['call', 'sip', 'sdp', 'media', 'ivr'],
  sandbox: ['sip', 'sdp', 'rtp', 'audio'],
  observation: ['call', 'media'],
  api: ['call', 'directory', 'push', 'observation'],
  commands: ['config', 'store', 'sandbox', 'audio'],
};

/** Single files that a folder may import besides: the records that it reads or keeps lie with their owners. */
const allowedFiles: Readonly<Record<string, readonly string[]>> = {
  api: ['legs/web/browser-call.ts', 'legs/web/browser-phone.ts'],
  config: ['directory/records.ts'],
  commands: ['media/process/sockets/probe.ts'],
  legs: ['directory/records.ts'],
  observation: ['legs/sip/dialog-names.ts'],
  store: [
    'directory/records.ts',
    'push/webhooks/webhook-records.ts',
    'api/oauth/token-records.ts',
    'api/idempotency/known-requests.ts',
  ],
};

const maxLines = 400;

const vagueNames = /(^|[-.])(util|utils|helper|helpers|types|manager)([-.]|$)/i;

/** Folders whose code (tests apart) touches no file, socket, process or thread. */
const pureFolders = ['audio', 'call', 'sdp', 'ivr', 'rtp'];

const inputOutput = /^node:(fs|fs\/promises|net|dgram|http|https|tls|child_process|worker_threads|cluster|sqlite|dns)$/;

/** Global names and the only files that may use them. */
const guarded: readonly { name: RegExp; where: RegExp; why: string }[] = [
  {
    name: /\b(Date\.now|new Date\(\)|performance\.now|process\.hrtime|setTimeout|setInterval)\b/,
    where: /^(base\/clock\.ts|media\/process\/.*)$/,
    why: 'time comes from base/clock (the media tick is its own clock)',
  },
  {
    name: /\b(Math\.random|randomBytes|randomUUID|randomInt)\b/,
    where: /^base\/random\.ts$/,
    why: 'randomness is injected',
  },
  {
    name: /\bprocess\.env\b/,
    where: /^(config\/.*|main\.ts|signals\.ts|commands\/main\.ts)$/,
    why: 'the environment is read by config alone',
  },
  { name: /\bconsole\./, where: /^$/, why: 'what is said goes to the log' },
];

/** What the pages have of the library: what is spoken with the server, and not its face. */
const shared = [
  'another-way.ts',
  'audible.ts',
  'browser-sound.ts',
  'call/mute-told.ts',
  'phone/phone-line.ts',
  'session.ts',
].map((name) => `sdk/src/${name}`);

test('docs/architecture.md has a row for every folder, with whom it may import', () => {
  const text = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');
  const start = text.indexOf('## Folders of server/src');
  const table = text.slice(start, text.indexOf('\n## ', start + 1));
  const written = [...table.matchAll(/^\| `([a-z]+)\/` \|.*\| ([^|]+) \|$/gm)].map(([, folder = '', may = '']) => [
    folder,
    may === '–' ? [] : may.split(', ').toSorted(),
  ]);
  const checked = Object.entries(allowedEdges).map(([folder, may]) => [folder, may.toSorted()]);
  assert.deepEqual(Object.fromEntries(written), Object.fromEntries(checked));
});

/**
 * Within the call model, part → the parts it may import: the state knows no change, a change no service, a service
 * nobody who runs it; what is set for phones asks the services, and a call that never began needs the state alone.
 */
const callParts: Readonly<Record<string, readonly string[]>> = {
  model: [],
  'ports.ts': ['model'],
  step: ['model', 'ports.ts'],
  services: ['model', 'step'],
  runtime: ['model', 'ports.ts', 'step', 'services'],
  devices: ['model', 'ports.ts', 'services', 'runtime'],
  attempts: ['model', 'ports.ts'],
  remarks: ['model', 'ports.ts'],
};

/**
 * What the parts above are about; base has no word for it. A telephone number is a form of writing (RFC 3966), as an IP
 * address is.
 */
const domainWords =
  /(?<![a-z])(calls?|conferences?|legs?|dialogs?|phones?|trunks?|extensions?|rooms?|organizations?|webhooks?|tenants?|meetings?|recordings?|participants?|moderators?|callers?)(?![a-z])/i;

/** Words that clients of a dialect know, and the only folder whose code has them. */
const dialectWords: readonly { readonly word: RegExp; readonly folder: string }[] = [
  { word: /\/uapi|\/unifiedapi|UnifiedApi|accessRequestToken|phoneCallView/, folder: 'api/dialects/unified-api/' },
  {
    word: /\/api\/v2|JSESSIONID|CompleteConference|ParticipantsUpdated|X-CSRF-HEADER/i,
    folder: 'api/dialects/web-services/',
  },
  { word: /\/ups\b|UPToken|\bERC_|avaya/i, folder: 'api/dialects/portal/' },
];

/** Of the formatter (biome.json), which leaves comments as they are. */
const width = 120;

test('the pages have of the library what is spoken with the server, in one place; neither has anything else of others', () => {
  const problems: string[] = [];
  for (const { path, text } of browserFiles) {
    const own = path.slice(0, path.indexOf('/') + 1);
    for (const specifier of importsOf(text).filter((one) => one.startsWith('.'))) {
      const target = relative('.', join(dirname(path), specifier));
      if (target.startsWith(own) || (shared.includes(target) && path.startsWith('web/src/line/'))) continue;
      problems.push(`${path} imports ${target}`);
    }
  }
  reportNone(problems);
});

test('every folder is known, and imports only what it may', () => {
  const problems: string[] = [];
  for (const file of files) {
    if (file.folder === 'main') continue;
    const allowed = allowedEdges[file.folder];
    if (allowed === undefined) {
      problems.push(`${file.path}: the folder ${file.folder} is not in the list of folders`);
      continue;
    }
    for (const specifier of file.imports) {
      const target = targetOf(file, specifier);
      if (target === null) continue;
      const folder = target.includes('/') ? target.slice(0, target.indexOf('/')) : 'main';
      if (allowedFiles[file.folder]?.includes(target) === true) continue;
      if (folder !== file.folder && folder !== 'base' && !allowed.includes(folder)) {
        problems.push(
          `${file.path} imports ${target}: ${file.folder} may import only ${['base', ...allowed].join(', ')}`,
        );
      }
    }
  }
  reportNone(problems);
});

test('what only tests use lies in testing/, and nothing else imports it', () => {
  const problems: string[] = [];
  for (const file of files.filter((candidate) => !candidate.isTest)) {
    for (const specifier of file.imports) {
      if (/(^|\/)testing\//.test(targetOf(file, specifier) ?? '')) problems.push(`${file.path} imports ${specifier}`);
    }
  }
  reportNone(problems);
});

test('what is exported is used elsewhere, and not by tests alone where its own file has no use for it', () => {
  const words = (text: string) => new Set(text.match(/\w+/g));
  const outside = ['server/test', 'bench', 'sandbox', 'scripts']
    .flatMap((folder) => walk(join(repository, folder)))
    .filter((path) => /\.m?ts$/.test(path) && !path.includes('node_modules'))
    .map((path) => ({ path, isTest: path.includes('/test'), words: words(readFileSync(path, 'utf8')) }));
  const all = [...files.map(({ path, isTest, text }) => ({ path, isTest, words: words(text) })), ...outside];
  const problems: string[] = [];
  for (const file of files.filter(({ isTest }) => !isTest)) {
    const exported = /^export (?:async )?(?:function|class|abstract class|const|let) \*?(\w+)/gm;
    for (const [, name = ''] of file.code.matchAll(exported)) {
      const users = all.filter((other) => other.path !== file.path && other.words.has(name));
      if (users.length === 0) problems.push(`${file.path}: nobody else uses ${name}`);
      const usedHere = file.code.split(new RegExp(`\\b${name}\\b`)).length > 2;
      if (!usedHere && users.length > 0 && users.every(({ isTest }) => isTest)) {
        problems.push(`${file.path}: only tests use ${name}`);
      }
    }
  }
  reportNone(problems);
});

test('what may be imported is imported: a permission nobody needs is taken back', () => {
  const used = new Set<string>();
  for (const file of files.filter(({ isTest }) => !isTest)) {
    for (const specifier of file.imports) {
      const target = targetOf(file, specifier) ?? '';
      used.add(`${file.folder} → ${target}`).add(`${file.folder} → ${target.split('/')[0]}`);
    }
  }
  const permitted = [allowedEdges, allowedFiles].flatMap((table) =>
    Object.entries(table).flatMap(([folder, targets]) => targets.map((target) => `${folder} → ${target}`)),
  );
  reportNone(permitted.filter((edge) => !used.has(edge)));
});

test('in the call model every part is known, and what is above is not known below', () => {
  const partOf = (path: string) => (path.startsWith('call/') ? (path.split('/')[1] ?? '') : null);
  const problems: string[] = [];
  for (const file of files.filter(({ folder, isTest }) => folder === 'call' && !isTest)) {
    const part = partOf(file.path) ?? '';
    const allowed = callParts[part];
    if (allowed === undefined) problems.push(`${file.path}: ${part} is not in the list of parts`);
    for (const specifier of file.imports) {
      const target = partOf(targetOf(file, specifier) ?? '');
      if (target === null || target === part || allowed?.includes(target) === true) continue;
      problems.push(`${file.path} imports ${specifier}`);
    }
  }
  reportNone(problems);
});

test('of legs, only those by SIP know a word of it, or a number; session descriptions are also what browsers speak', () => {
  const problems: string[] = [];
  for (const file of files) {
    if (file.folder !== 'legs' || file.isTest || /^legs\/(sip|trunks)\//.test(file.path)) continue;
    // Browsers are answered in the numbers of HTTP.
    const status = file.path.startsWith('legs/web/') ? null : /\b(status|AppError\(.*)\W+[1-6]\d\d\b/.exec(file.code);
    if (status !== null) problems.push(`${file.path} says ${status[0]}`);
    for (const specifier of file.imports) {
      const target = targetOf(file, specifier) ?? '';
      if (/^sdp\//.test(target) && file.path.startsWith('legs/web/')) continue;
      if (/^(sip|sdp|legs\/sip|legs\/trunks)\//.test(target)) problems.push(`${file.path} imports ${target}`);
    }
  }
  reportNone(problems);
});

test('base has no word of a domain', () => {
  const problems: string[] = [];
  for (const file of files.filter(({ folder, isTest }) => folder === 'base' && !isTest)) {
    const found = domainWords.exec(file.code.replace(/([a-z])(?=[A-Z])/g, '$1 '));
    if (found !== null) problems.push(`${file.path} says ${found[0]}`);
  }
  reportNone(problems);
});

test('no file imports itself by a detour, types included', () => {
  const graph = new Map(
    files.map((file) => [file.path, file.imports.map((s) => targetOf(file, s)).filter((t) => t !== null)]),
  );
  const done = new Set<string>();
  const problems: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) {
      problems.push([...way.slice(at), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  reportNone(problems);
});

test('a dialect is one folder: nobody else has its words, and only the list, and what shows an example, imports it', () => {
  const importers = ['api/dialects/dialects.ts', 'welcome.ts', 'sandbox-told.ts'];
  const dialectOf = (path: string) => /^api\/dialects\/[^/]+\//.exec(path)?.[0] ?? null;
  const problems: string[] = [];
  for (const file of files.filter((candidate) => !candidate.isTest)) {
    for (const target of file.imports.map((specifier) => targetOf(file, specifier))) {
      const dialect = target === null ? null : dialectOf(target);
      if (dialect === null || dialect === dialectOf(file.path) || importers.includes(file.path)) continue;
      problems.push(`${file.path} imports ${target}`);
    }
    for (const { word, folder } of dialectWords) {
      const found = file.path.startsWith(folder) ? null : word.exec(file.code);
      if (found !== null) problems.push(`${file.path} says ${found[0]}`);
    }
  }
  reportNone(problems);
});

test('relative imports end in .ts and exist; packages are declared', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(source, '../package.json'), 'utf8'));
  const declared = Object.keys(dependencies);
  const forTests = [...declared, ...Object.keys(devDependencies)];
  const paths = new Set(files.map((file) => file.path));
  const problems: string[] = [];
  for (const file of files) {
    for (const specifier of file.imports) {
      const target = targetOf(file, specifier);
      if (target !== null) {
        if (!paths.has(target)) problems.push(`${file.path}: no such file ${specifier}`);
      } else if (
        !specifier.startsWith('node:') &&
        !(file.isTest ? forTests : declared).some((p) => specifier === p || specifier.startsWith(`${p}/`))
      ) {
        problems.push(`${file.path}: ${specifier} is not a dependency in server/package.json`);
      }
    }
  }
  reportNone(problems);
});

test(`no file has more than ${maxLines} lines, and none has a name that says nothing`, () => {
  const problems: string[] = [];
  assert.ok(allSources.length > files.length + browserFiles.length);
  for (const file of allSources) {
    const lines = file.text.split('\n').length - 1;
    if (lines > maxLines) problems.push(`${file.path}: ${lines} lines`);
    if (file.path.split('/').some((part) => vagueNames.test(part.replace(/\.tsx?$/, '')))) {
      problems.push(`${file.path}: say what is in it`);
    }
  }
  reportNone(problems);
});

test(`no comment of production code is wider than the code: ${width}`, () => {
  const problems: string[] = [];
  const looked = [...files, ...browserFiles].filter(({ isTest }) => !isTest);
  for (const file of looked) {
    for (const [at, line] of file.text.split('\n').entries()) {
      if (line.length <= width || !/^\s*(\/\/|\/?\*)/.test(line)) continue;
      problems.push(`${file.path}:${at + 1}: node scripts/wrap-comments.mjs FILE`);
    }
  }
  reportNone(problems);
});

test('time, randomness, the environment and the console are used only where they belong', () => {
  const problems: string[] = [];
  for (const file of files.filter((candidate) => !candidate.isTest)) {
    for (const rule of guarded) {
      const used = rule.name.exec(file.code);
      if (used !== null && !rule.where.test(file.path)) problems.push(`${file.path} uses ${used[0]}: ${rule.why}`);
    }
  }
  reportNone(problems);
});

test(`${pureFolders.join(', ')} do no input or output`, () => {
  const problems: string[] = [];
  for (const file of files) {
    if (file.isTest || !pureFolders.includes(file.folder)) continue;
    for (const specifier of file.imports) {
      if (inputOutput.test(specifier)) problems.push(`${file.path} imports ${specifier}`);
    }
  }
  reportNone(problems);
});

test('no test has a limit of its own that a busy machine misses', () => {
  const problems = allSources.flatMap(({ path, text }) =>
    [...text.matchAll(/\btimeout: ([0-9_]+)\b[^{}()]*\}, (?:async )?\(t?\) =>/g)]
      .filter(([, ms]) => Number(ms!.replaceAll('_', '')) < longestTestMs)
      .map(([, ms]) => `${path}: ${ms} ms, where every test has ${longestTestMs}`),
  );
  reportNone(problems);
});

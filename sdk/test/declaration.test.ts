import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AvayaClientServices } from '../src/index.ts';

/** Whether the types say what is so: who writes in TypeScript sees nothing else of the library. */

// biome-ignore lint/suspicious/noExplicitAny: looked at by name
type Anything = any;

interface Declared {
  readonly parent: string | undefined;
  /** Of a method: of what it gives. */
  readonly types: Map<string, string>;
}

/** Every class of the declaration, by its path. Of a member of several lines the last one ends with its type. */
function declared(): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  const path: { readonly name: string; readonly indent: number; readonly isClass: boolean }[] = [];
  let member = '';
  const text = readFileSync(new URL('../types/AvayaClientServices.d.ts', import.meta.url), 'utf8');
  for (const line of text.split('\n')) {
    const indent = line.search(/\S/);
    if (line.trim() === '}' && indent === path.at(-1)?.indent) path.pop();
    const [, kind, name, parent] =
      /^\s*(?:declare )?(class|namespace) (\w+)(?:<[^>]*>)?(?: extends ([\w.]+).*)? \{$/.exec(line) ?? [];
    if (kind !== undefined && name !== undefined) {
      path.push({ name, indent, isClass: kind === 'class' });
      if (kind === 'class') found.set(path.map((one) => one.name).join('.'), { parent, types: new Map() });
      continue;
    }
    const here = path.at(-1);
    if (here?.isClass !== true || indent !== here.indent + 2) continue;
    member = /^\s*(?:readonly )?(\w+)\??[(:<]/.exec(line)?.[1] ?? member;
    const [, type] = /^\s*(?:(?:readonly )?\w+\??|.*\)): (.*);$/.exec(line) ?? [];
    if (type !== undefined && member !== 'constructor') {
      found.get(path.map((one) => one.name).join('.'))!.types.set(member, type);
    }
  }
  return found;
}

const classes = declared();

function find(path: string): Anything {
  let found: Anything = AvayaClientServices;
  for (const name of path.split('.').slice(1)) found = found?.[name];
  return found;
}

/** With those of its parents. */
function typesOf(path: string): Map<string, string> {
  const { parent, types } = classes.get(path)!;
  const whole = [...classes.keys()].find((one) => one === `AvayaClientServices.${parent}`);
  return new Map([...(whole === undefined ? [] : typesOf(whole)), ...types]);
}

function membersOf(instance: object): Set<string> {
  const natives = [Object.prototype, Array.prototype, Error.prototype] as unknown[];
  const names = new Set<string>();
  for (let part = instance; part !== null && !natives.includes(part); part = Object.getPrototypeOf(part)) {
    for (const name of Object.getOwnPropertyNames(part)) names.add(name);
  }
  return names;
}

/** Members that every object, array or error has. */
const native = new Set(['constructor', 'length', 'stack', 'message', 'name', 'toString']);
/** What an instance has only where it says something. */
const sometimes = new Set(['admissionPasscodeNeeded', 'admissionPermissionNeeded']);

test('each class has what is declared, and what it has is declared', () => {
  const wrong: string[] = [];
  for (const path of classes.keys()) {
    const instance = new (find(path))();
    const types = typesOf(path);
    for (const name of types.keys())
      if (!(name in instance) && !sometimes.has(name)) wrong.push(`${path}.${name} is not there`);
    for (const name of membersOf(instance)) {
      // Underlined: private.
      if (!types.has(name) && !native.has(name) && !/^_|On_/.test(name)) wrong.push(`${path}.${name} is not declared`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(classes.size >= 60, `${classes.size} classes were looked at`);
});

/** Whether a value may be of the type, as far as one sees without a compiler. */
function mayBe(value: unknown, type: string): boolean {
  if (/\b(any|unknown)\b/.test(type)) return true;
  if (value === undefined) return /\bundefined\b/.test(type);
  if (['string', 'number', 'boolean'].includes(type)) return typeof value === type;
  if (type === 'void') return false;
  if (/^(Array<.*>|.*\[\])$/.test(type)) return Array.isArray(value);
  return true;
}

test('what an instance says before it knows anything is of the declared type', () => {
  const wrong: string[] = [];
  let looked = 0;
  for (const path of classes.keys()) {
    const instance = new (find(path))();
    for (const [name, type] of typesOf(path)) {
      if (sometimes.has(name)) continue;
      const isMethod = typeof instance[name] === 'function';
      if (isMethod && !/^(get|is|has|toString)/.test(name)) continue;
      const value = isMethod ? instance[name]('') : instance[name];
      looked++;
      if (!mayBe(value, type)) wrong.push(`${path}.${name} is ${String(value)}, declared ${type}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(looked > 300, `${looked} were looked at`);
});

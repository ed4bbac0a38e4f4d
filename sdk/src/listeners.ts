import { addMethod, type ClassOf } from './methods.ts';
import { quietly } from './promise.ts';

type Callback = (...args: unknown[]) => unknown;

const listeners = new WeakMap<object, Map<string, Callback[]>>();

function of(target: object, name: string): Callback[] {
  let byName = listeners.get(target);
  if (byName === undefined) {
    byName = new Map();
    listeners.set(target, byName);
  }
  let found = byName.get(name);
  if (found === undefined) {
    found = [];
    byName.set(name, found);
  }
  return found;
}

/**
 * Gives instances `addOn<name>` and `removeOn<name>`. One that is no function is passed over, and so is the removal of
 * an unknown one.
 */
export function withEvents(target: ClassOf<object>, names: readonly string[]): void {
  for (const name of names) {
    addMethod(target, `addOn${name}`, function (callback: unknown) {
      if (typeof callback === 'function') of(this, name).push(callback as Callback);
    });
    addMethod(target, `removeOn${name}`, function (callback: unknown) {
      const all = of(this, name);
      const at = all.indexOf(callback as Callback);
      if (at >= 0) all.splice(at, 1);
    });
  }
}

/** Whether anybody listens. */
export function isHeard(target: object, name: string): boolean {
  return (listeners.get(target)?.get(name)?.length ?? 0) > 0;
}

/** Calls those that listen now, each once, whatever the others do; but none that one of them has removed. */
export function emit(target: object, name: string, ...args: unknown[]): void {
  const all = of(target, name);
  for (const callback of [...all]) if (all.includes(callback)) quietly(callback, ...args);
}

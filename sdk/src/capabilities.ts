import { Capability } from './base.ts';
import { CapabilityDenialReason } from './base-enums.ts';
import { addMethod, type ClassOf } from './methods.ts';

/** Why each cannot be used now, by the name of its getter; null where it can. */
export type Denials = Readonly<Record<string, string | null>>;

/** The capabilities of one object, by the names of their getters. Those that are never there say why. */
export class Capabilities {
  readonly #byName: ReadonlyMap<string, Capability>;
  readonly #absent: (name: string) => string;

  constructor(
    names: readonly string[],
    absent: (name: string) => string = () => CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED,
  ) {
    this.#absent = absent;
    this.#byName = new Map(names.map((name) => [name, new Capability(absent(name))]));
  }

  of(name: string): Capability {
    return this.#byName.get(name)!;
  }

  /** Tells whoever listens to one that is another now. */
  update(denials: Denials): void {
    for (const [name, capability] of this.#byName) {
      const reason = denials[name];
      capability._set(reason === undefined ? this.#absent(name) : reason);
    }
  }
}

/** Gives instances the getters of their capabilities. */
export function withCapabilities(
  target: ClassOf<{ _capability(name: string): Capability }>,
  names: readonly string[],
): void {
  for (const name of names) {
    addMethod(target, name, function () {
      return this._capability(name);
    });
  }
}

import type { Naming, TracedMessage } from './entry.ts';

/**
 * Which dialog a message belongs to. Call-ID and the peer's tag are the peer's to choose, so two dialogs may have the
 * same; our tag is in one alone. A message without our tag (the INVITE that began it, what challenged it, its CANCEL)
 * is known by the peer's tag and address, and by its branch where two say the same; what may still be of two is of
 * neither.
 */
export class Dialogs {
  readonly callIds: ReadonlySet<string>;
  readonly #wanted: ReadonlySet<Naming>;
  /** By Call-ID, also those not asked for. */
  readonly #known = new Map<string, Map<string, Naming>>();

  constructor(wanted: readonly Naming[]) {
    this.#wanted = new Set(wanted);
    this.callIds = new Set(wanted.map(({ callId }) => callId));
    for (const naming of wanted) this.add(naming);
  }

  /** Another one with one of these Call-IDs. */
  add(naming: Naming): void {
    const ofCallId = this.#known.get(naming.callId) ?? new Map<string, Naming>();
    this.#known.set(naming.callId, ofCallId);
    if (!ofCallId.has(naming.localTag)) ofCallId.set(naming.localTag, naming);
  }

  /** Whether `of` may say that it is of one that was asked for, when all are known. */
  mayBeWanted(message: TracedMessage): boolean {
    for (const naming of this.#known.get(message.callId)?.values() ?? []) {
      if (this.#wanted.has(naming) && (hasOurTag(naming, message) || seemsOf(naming, message))) return true;
    }
    return false;
  }

  /** The dialog that was asked for and that this message is of. */
  of(message: TracedMessage): Naming | null {
    const all = [...(this.#known.get(message.callId)?.values() ?? [])];
    const found = all.find((naming) => hasOurTag(naming, message)) ?? onlySeeming(all, message);
    return found !== null && this.#wanted.has(found) ? found : null;
  }
}

function onlySeeming(all: readonly Naming[], message: TracedMessage): Naming | null {
  const seeming = all.filter((naming) => seemsOf(naming, message));
  const byBranch = seeming.filter(({ caller }) => caller?.branch === message.branch);
  const [one, another] = byBranch.length > 0 ? byBranch : seeming;
  return one !== undefined && another === undefined ? one : null;
}

function hasOurTag({ localTag }: Naming, { fromTag, toTag }: TracedMessage): boolean {
  return localTag !== '' && (localTag === fromTag || localTag === toTag);
}

function seemsOf({ caller }: Naming, { fromTag, remote }: TracedMessage): boolean {
  return caller !== null && caller.tag === fromTag && caller.address === remote.address;
}

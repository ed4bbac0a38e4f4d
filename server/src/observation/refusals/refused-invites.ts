import type { RefusedInvite } from '../../legs/sip/dialog-names.ts';

/** Kept in all, and of one organization, so that a phone that dials on and on pushes out its own alone. */
const mostOfOne = 100;
const mostOrganizations = 50;

/** The latest refused INVITEs of each organization, since the start: a call has a log, these have none. */
export class RefusedInvites {
  readonly #byOrganization = new Map<string, RefusedInvite[]>();

  /** The same INVITE that comes again, as a phone's with other credentials, is one: the last refusal counts. */
  note(organizationId: string, refusal: RefusedInvite): void {
    const before = this.#byOrganization.get(organizationId) ?? [];
    const others = before.filter(({ callId }) => callId !== refusal.callId);
    const kept = [...others, { ...refusal, dialled: withoutPin(refusal.dialled) }].slice(-mostOfOne);
    // In the order of the latest, so that the quietest makes room.
    this.#byOrganization.delete(organizationId);
    this.#byOrganization.set(organizationId, kept);
    if (this.#byOrganization.size <= mostOrganizations) return;
    for (const quietest of this.#byOrganization.keys()) {
      this.#byOrganization.delete(quietest);
      return;
    }
  }

  /** The newest first. */
  of(organizationId: string): readonly RefusedInvite[] {
    return (this.#byOrganization.get(organizationId) ?? []).toReversed();
  }
}

/** What is behind a second star may be a PIN: `200*3*xxxx`. */
function withoutPin(dialled: string): string {
  const [first = '', second, pin] = dialled.split('*');
  if (pin === undefined) return dialled.slice(0, 80);
  return `${first}*${second}*${pin === '' ? '' : 'xxxx'}`.slice(0, 80);
}

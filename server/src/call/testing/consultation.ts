import type { Call, CallRef } from '../model/call.ts';
import { alternateCall } from '../services/alternate-call.ts';
import { consultationCall } from '../services/consultation-call.ts';
import { extension, RuntimeFixture } from './runtime-fixture.ts';

/** How 102 and whoever else is consulted is dialled. */
export const consulted = {
  target: { kind: 'terminal', aor: '102' },
  callerId: { name: '', number: '101' },
  timeoutMs: 1000,
} as const;

/** Two calls of one phone: 100 (leg A) talks to 101, who consults 102. */
export class Consultation {
  readonly fixture = new RuntimeFixture();
  original: CallRef = { callId: '', connectionId: '' };
  consult: CallRef = { callId: '', connectionId: '' };
  agent = '';
  third = '';

  static async begin(): Promise<Consultation> {
    const one = new Consultation();
    const first = await one.fixture.talking('A');
    one.original = { callId: first.callId, connectionId: first.called };
    one.agent = first.calledLeg;
    one.consult = await one.fixture.runtime.do(consultationCall, {
      ...one.original,
      device: extension('102'),
      ...consulted,
    });
    one.third = one.fixture.lastDialled();
    return one;
  }

  async report(
    leg: string,
    type: 'delivered' | 'answered' | 'heldByPeer' | 'retrievedByPeer' | 'mediaLost',
  ): Promise<void> {
    this.fixture.runtime.report(leg, { type });
    await this.fixture.settle();
  }

  async over(leg: string, type: 'failed' | 'cleared', cause: 'busy' | 'normal'): Promise<void> {
    this.fixture.runtime.report(leg, { type, cause });
    await this.fixture.settle();
  }

  async swap(active: CallRef, held: CallRef): Promise<void> {
    await this.fixture.runtime.do(alternateCall, { active, held });
  }

  get merging() {
    return { original: this.original, consult: this.consult };
  }

  call(ref: CallRef): Call | null {
    return this.fixture.runtime.call(ref.callId);
  }

  /** `original hold, consult connected`: how things stand for the agent, and where its leg is. */
  stands(): string {
    const parts: string[] = [];
    for (const [name, ref] of [
      ['original', this.original],
      ['consult', this.consult],
    ] as const) {
      const call = this.call(ref);
      if (call === null) continue;
      const own = call.connections.get(ref.connectionId);
      const size = call.connections.size;
      parts.push(own === undefined ? `${name} of ${size}` : `${name} ${own.state}${own.legHere ? '' : ' without leg'}`);
    }
    return parts.join(', ') || 'nothing';
  }

  /** Legs that are told to end, since the last time. */
  cleared(): string[] {
    const names = new Map([
      ['A', 'first'],
      [this.agent, 'agent'],
      [this.third, 'third'],
    ]);
    return this.fixture.ports
      .taken()
      .flatMap((effect) => (effect.do === 'clear' ? [names.get(effect.legId) ?? effect.legId] : []))
      .sort();
  }
}

import { AppError } from '../../base/app-error.ts';
import type { DialBudget, DialOut } from '../ports.ts';

/** A budget of so many legs at once that notes when it is misused; for tests. */
export class CountingBudget implements DialBudget {
  readonly most: number;
  readonly held = new Set<string>();
  readonly asked: DialOut[] = [];
  readonly faults: string[] = [];
  /** Released without having been dialled. */
  readonly spared: string[] = [];
  readonly windowMs = 60_000;
  readonly remembered: (readonly [dial: DialOut, at: number])[] = [];
  /** Held at once at the worst. */
  peak = 0;

  constructor(most: number) {
    this.most = most;
  }

  take(dial: DialOut): void {
    this.asked.push(dial);
    if (this.held.has(dial.legId)) this.faults.push(`${dial.legId} taken twice`);
    if (this.held.size >= this.most) throw new AppError('limitExceeded', 'Too many calls at once.');
    this.held.add(dial.legId);
    this.peak = Math.max(this.peak, this.held.size);
  }

  remember(dial: DialOut, at: number): void {
    this.remembered.push([dial, at]);
  }

  release(legId: string, dialled: boolean): void {
    if (!dialled) this.spared.push(legId);
    if (!this.held.delete(legId)) this.faults.push(`${legId} released, but not held`);
  }
}

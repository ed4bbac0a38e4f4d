import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { MediaStage } from '../../media/testing/media-stage.ts';
import type { Leg } from '../leg.ts';
import { WebLeg } from './web-leg.ts';

/** What happens at a browser's leg that was heard: its sound comes or is missed, its page shows itself, ms pass. */
type Step = 'sound' | 'missed' | 'page' | number;

const cases: readonly [what: string, steps: readonly Step[], goneAfterMs: number | null][] = [
  ['nobody comes back', ['missed'], 8000],
  ['sound comes back', ['missed', 7000, 'sound'], null],
  ['the page is there again, without its sound', ['missed', 3000, 'page'], 20_000],
  ['the page is there again before its sound is missed', ['page', 500, 'missed'], 20_000],
  ['it was there long before', ['page', 2001, 'missed'], 8000],
  ['the way was closed, and then no sound comes either', ['missed', 'page', 600, 'missed'], 19_400],
  ['the page comes again and again, without its sound', ['missed', 'page', 15_000, 'page'], 5000],
  ['its sound came back with the page, and is missed later', ['missed', 'page', 'sound', 9000, 'missed'], 8000],
];

test('who falls silent is gone in time; a page that is there again has the time of a new one, once, in any order', async (t) => {
  const stage = await MediaStage.open();
  t.after(() => stage.close());
  for (const [what, steps, goneAfterMs] of cases) {
    const clock = new VirtualClock();
    const told: string[] = [];
    const owner = {
      report: (_leg: unknown, report: { type: string; cause?: string }) => {
        if (report.type === 'cleared') told.push(report.cause!);
      },
      digit: () => {},
      closed: () => {},
      idOf: (leg: Leg) => leg.id,
    };
    const leg = new WebLeg(
      { clock, log: silentLog, engine: stage.engine, owner },
      { id: what, organizationId: 'org', direction: 'incoming' },
    );
    leg.answer();
    leg.heard.sounds(true);
    for (const step of steps) {
      if (typeof step === 'number') clock.advance(step);
      else if (step === 'page') leg.pageIsThere();
      else leg.heard.sounds(step === 'sound');
    }
    assert.deepEqual(told, [], what);
    clock.advance((goneAfterMs ?? 60_000) - 1);
    assert.deepEqual([leg.state, told], ['confirmed', []], what);
    clock.advance(1);
    assert.deepEqual(told, goneAfterMs === null ? [] : ['timeout'], what);
    leg.close('normal');
  }
});

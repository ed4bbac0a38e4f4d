import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebFormat, WebOffer } from '../../sdp/web-session.ts';
import { agree, codecOf } from './agreement.ts';

const opus = { payloadType: 111, codec: 'OPUS', clockRate: 48_000 };
const pcmu = { payloadType: 0, codec: 'PCMU', clockRate: 8000 };
const pcma = { payloadType: 8, codec: 'PCMA', clockRate: 8000 };
const g722 = { payloadType: 9, codec: 'G722', clockRate: 8000 };
const fast = { payloadType: 110, clockRate: 48_000 };
const slow = { payloadType: 126, clockRate: 8000 };

function agreed(formats: readonly WebFormat[], telephoneEvents = [fast, slow]) {
  return agree({ formats, telephoneEvents } as unknown as WebOffer);
}

test('Opus is spoken where it is offered, else G.711, in whatever order they stand; digits with its clock if they can', () => {
  assert.deepEqual(agreed([pcmu, g722, opus]), { format: opus, telephoneEvent: fast });
  assert.deepEqual(agreed([g722, pcma, pcmu]), { format: pcmu, telephoneEvent: slow });
  assert.deepEqual(agreed([pcma]), { format: pcma, telephoneEvent: slow });
  assert.deepEqual(agreed([opus], [slow]), { format: opus, telephoneEvent: slow }, 'as Firefox offers them');
  assert.deepEqual(agreed([pcmu], [fast]), { format: pcmu, telephoneEvent: null });
  assert.equal(agreed([g722]), null);
  assert.equal(agreed([{ ...opus, clockRate: 16_000 }]), null, 'Opus has one clock');
  assert.deepEqual(agreed([{ ...pcmu, clockRate: 16_000 }, pcma]), { format: pcma, telephoneEvent: slow });
});

test('the name of a format says its clock', () => {
  assert.deepEqual([opus, pcmu].map(codecOf), ['OPUS/48000', 'PCMU/8000']);
});

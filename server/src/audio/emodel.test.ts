import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanOpinionScore, ratingFactor } from './emodel.ts';

test('the default values of G.107', () => {
  assert.ok(Math.abs(ratingFactor({ loss: 0, delayMs: 0 }) - 93.2) < 0.01);
  assert.ok(Math.abs(meanOpinionScore({ loss: 0, delayMs: 0 }) - 4.41) < 0.005);
});

test('loss as G.113 appendix I has it for G.711 with concealment', () => {
  // Ie,eff = 95 · 1 / (1 + 25.1)
  assert.ok(Math.abs(93.2 - ratingFactor({ loss: 0.01, delayMs: 0 }) - 3.64) < 0.01);
  assert.ok(Math.abs(93.2 - ratingFactor({ loss: 0.05, delayMs: 0 }) - 15.78) < 0.01);
});

test('delay: little to 150 ms, much beyond', () => {
  const at = (delayMs: number) => ratingFactor({ loss: 0, delayMs });
  assert.ok(at(50) > 91 && at(100) > 89);
  assert.ok(at(150) > 85);
  assert.ok(at(300) < 75 && at(300) > 60);
  assert.ok(at(500) < 60);
});

test('worse is never better, and the scale is kept', () => {
  let last = 5;
  for (let loss = 0; loss <= 1.001; loss += 0.01) {
    const mos = meanOpinionScore({ loss, delayMs: 60 });
    assert.ok(mos <= last && mos >= 1);
    last = mos;
  }
  last = 5;
  for (let delayMs = 0; delayMs < 3000; delayMs += 10) {
    const mos = meanOpinionScore({ loss: 0.02, delayMs });
    assert.ok(mos <= last + 1e-9 && mos >= 1);
    last = mos;
  }
  assert.ok(meanOpinionScore({ loss: 0.05, delayMs: 0, burstRatio: 2 }) < meanOpinionScore({ loss: 0.05, delayMs: 0 }));
  assert.equal(meanOpinionScore({ loss: Number.NaN, delayMs: Number.NaN }), meanOpinionScore({ loss: 0, delayMs: 0 }));
});

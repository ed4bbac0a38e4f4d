import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MenuRow, type MenuState, menuFor, menuIdle, menuRows, stepMenu } from './in-call-menu.ts';

const everything = new Set(menuRows.map((row) => row.command));

/** Presses keys one after the other; a blank is the pause. */
function press(rows: readonly MenuRow[], keys: string): string[] {
  const commands: string[] = [];
  let state: MenuState = menuIdle;
  for (const key of keys) {
    const step = stepMenu(rows, state, key === ' ' ? { type: 'timeout' } : { type: 'digit', digit: key });
    state = step.state;
    assert.equal(step.waitMs !== null, state.typed !== '', 'waits exactly while a code is open');
    if (step.command !== null) commands.push(step.command.name + step.command.argument);
  }
  return commands;
}

test('today: the menu and mute, both at once and for everybody, and recording for moderators', () => {
  for (const role of ['participant', 'moderator'] as const) {
    const rows = menuFor(role);
    assert.deepEqual(press(rows, '*1'), ['toggleMute']);
    assert.deepEqual(press(rows, '*1*1'), ['toggleMute', 'toggleMute']);
    assert.deepEqual(press(rows, '#'), ['menu']);
    assert.deepEqual(press(rows, '12345'), []);
    assert.deepEqual(press(rows, '*21'), []);
    assert.deepEqual(press(rows, '*9'), []);
    assert.deepEqual(press(rows, '* 1'), []);
    assert.deepEqual(press(rows, '**1'), ['toggleMute']);
    assert.deepEqual(press(rows, '*0'), role === 'moderator' ? ['record'] : []);
  }
});

test('all codes of a moderator', () => {
  const rows = menuFor('moderator', everything);
  assert.deepEqual(press(rows, '*1 '), ['toggleMute']);
  assert.deepEqual(press(rows, '*11'), ['muteOthers']);
  assert.deepEqual(press(rows, '*10'), ['unmuteOthers']);
  assert.deepEqual(press(rows, '*21*20'), ['lock', 'unlock']);
  assert.deepEqual(press(rows, '*31*30'), ['removeLast', 'removeOthers']);
  assert.deepEqual(press(rows, '*0'), ['record']);
  assert.deepEqual(press(rows, '*815000#'), ['invite15000']);
  assert.deepEqual(press(rows, '*8123 *11'), ['muteOthers']);
  assert.deepEqual(press(rows, '*1*1 '), ['toggleMute', 'toggleMute']);
  assert.deepEqual(press(rows, '*1#'), ['menu']);
  assert.deepEqual(press(rows, `*8${'1'.repeat(21)}`), []);
});

test('a participant has no moderator codes, so that *1 does not wait for them', () => {
  const rows = menuFor('participant', everything);
  assert.deepEqual(press(rows, '*1'), ['toggleMute']);
  assert.deepEqual(press(rows, '*21'), []);
  assert.deepEqual(press(rows, '*30'), []);
});

test('any sequence of four keys leaves a state that the pause ends', () => {
  const keys = [...'0123456789*#', ' '];
  for (const rows of [menuFor('participant'), menuFor('moderator', everything)]) {
    for (const a of keys)
      for (const b of keys)
        for (const c of keys)
          for (const d of keys) {
            let state = menuIdle;
            for (const key of [a, b, c, d]) {
              state = stepMenu(rows, state, key === ' ' ? { type: 'timeout' } : { type: 'digit', digit: key }).state;
            }
            assert.deepEqual(stepMenu(rows, state, { type: 'timeout' }).state, menuIdle);
          }
  }
});

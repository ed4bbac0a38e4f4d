import type { Behaviour, Step } from './behaviour.ts';

/** A number to dial, for people. */
export interface SandboxNumber {
  /** As dialled; `n` stands for any digit. */
  readonly number: string;
  readonly does: string;
}

interface Entry extends SandboxNumber {
  /** Of the digits that stand for `n` in the number. */
  readonly behaviour: (n: string) => Behaviour;
}

const speak: readonly Step[] = [{ do: 'answer' }, { do: 'play', sound: 'greeting' }, { do: 'play', sound: 'alive' }];

const seconds = (n: string) => Number(n) * 1000;

/** How long a caller is given to hear what it is asked for before digits are entered. */
const beforeKeysMs = 2000;

function enter(first: readonly string[]): readonly Step[] {
  return [
    { do: 'ring', ms: 1000 },
    { do: 'answer' },
    ...first.flatMap((digits): Step[] => [
      { do: 'wait', ms: beforeKeysMs },
      { do: 'press', digits: `${digits}#` },
    ]),
    { do: 'play', sound: 'alive' },
  ];
}

/**
 * `n…` is a digit that says how long the conference number is (0: none is asked for), that number, and a PIN if there
 * is one: what the phone enters, in turn.
 */
function entries(code: string): string[] {
  const length = Number(code[0] ?? 0);
  return [code.slice(1, 1 + length), code.slice(1 + length)].filter((digits) => digits !== '');
}

/** Digits that are certainly another PIN. */
function wrong(pin: string): string {
  return pin.replace(/\d/g, (digit) => String((Number(digit) + 5) % 10));
}

function wrongThenRight(code: string): readonly Step[] {
  const digits = entries(code);
  const pin = digits.at(-1);
  return enter(pin === undefined ? [] : [...digits.slice(0, -1), wrong(pin), pin]);
}

/**
 * What the numbers of the sandbox do: fictional ones, 202-555-0100 to 0199 (NANPA keeps 555-01xx free), and codes that
 * begin with 55501. A `+`, `1` or `+1` in front changes nothing. The first entry that fits counts; any other number is
 * that of somebody who answers.
 */
const table: readonly Entry[] = [
  {
    number: '2025550100',
    does: 'answers at once and says nothing; costs next to nothing (for load)',
    behaviour: () => ({ quiet: true, steps: [{ do: 'answer' }] }),
  },
  {
    number: '2025550101',
    does: 'rings for a second, answers, speaks, then beeps every few seconds; so does every number not listed here',
    behaviour: () => ({ steps: [{ do: 'ring', ms: 1000 }, ...speak] }),
  },
  {
    number: '2025550102',
    does: 'answers at once, says nothing and hangs up after a second (for load)',
    behaviour: () => ({ quiet: true, steps: [{ do: 'answer' }, { do: 'wait', ms: 1000 }, { do: 'hangUp' }] }),
  },
  {
    number: '202555011n',
    does: 'answers after n seconds, then speaks (0: at once)',
    behaviour: (n) => ({ steps: n === '0' ? speak : [{ do: 'ring', ms: seconds(n) }, ...speak] }),
  },
  {
    number: '202555012n',
    does: 'answers and hangs up after n seconds (0: at once)',
    behaviour: (n) => ({
      quiet: true,
      steps: [{ do: 'ring', ms: 1000 }, { do: 'answer' }, { do: 'wait', ms: seconds(n) }, { do: 'hangUp' }],
    }),
  },
  { number: '2025550130', does: 'is busy (486)', behaviour: () => ({ quiet: true, steps: [refuse(486)] }) },
  {
    number: '2025550131',
    does: 'rings, and nobody ever answers',
    behaviour: () => ({ quiet: true, steps: [{ do: 'ring', ms: 24 * 3_600_000 }] }),
  },
  {
    number: '2025550132',
    does: 'rings, then declines (603)',
    behaviour: () => ({ quiet: true, steps: [{ do: 'ring', ms: 1000 }, refuse(603)] }),
  },
  { number: '2025550133', does: 'does not exist (404)', behaviour: () => ({ quiet: true, steps: [refuse(404)] }) },
  {
    number: '2025550134',
    does: 'cannot be reached: the network is overloaded (503)',
    behaviour: () => ({ quiet: true, steps: [refuse(503)] }),
  },
  {
    number: '2025550135',
    does: 'is redirected (302) to 2025550101',
    behaviour: () => ({ quiet: true, steps: [{ do: 'redirect', to: '2025550101' }] }),
  },
  {
    number: '2025550136',
    does: 'gets no answer at all, as from a dead network',
    behaviour: () => ({ quiet: true, deaf: true, steps: [] }),
  },
  {
    number: '2025550140',
    does: 'voicemail: speaks, beeps, listens until it is silent, hangs up',
    behaviour: () => ({
      steps: [
        { do: 'ring', ms: 2000 },
        { do: 'answer' },
        { do: 'wait', ms: 300 },
        { do: 'play', sound: 'voicemail' },
        { do: 'play', sound: 'beep' },
        { do: 'record', silentMs: 3000, mostMs: 60_000 },
        { do: 'play', sound: 'goodbye' },
        { do: 'hangUp' },
      ],
    }),
  },
  {
    number: '2025550141',
    does: 'echo: sends back what it hears',
    behaviour: () => ({
      steps: [{ do: 'ring', ms: 1000 }, { do: 'answer' }, { do: 'play', sound: 'echo' }, { do: 'echo' }],
    }),
  },
  {
    number: '2025550142',
    does: 'early media: its own ringing is heard for 3 seconds before it answers (183 with SDP)',
    behaviour: () => ({ steps: [{ do: 'early', sound: 'ringback', ms: 3000 }, ...speak] }),
  },
  {
    number: '2025550143',
    does: 'early media: an announcement, then refused (404)',
    behaviour: () => ({ steps: [{ do: 'early', sound: 'not-in-service', ms: 3000 }, refuse(404)] }),
  },
  {
    number: '2025550144',
    does: 'wants its provisional answer acknowledged (PRACK), then answers',
    behaviour: () => ({ reliable: true, steps: [{ do: 'early', sound: 'ringback', ms: 1000 }, ...speak] }),
  },
  {
    number: '2025550145',
    does: 'speaks over a bad network: 5 % of the packets are lost, all are up to 60 ms late',
    behaviour: () => ({
      steps: [{ do: 'badNetwork', lossPercent: 5, delayMs: 60 }, { do: 'ring', ms: 1000 }, ...speak],
    }),
  },
  {
    number: '2025550146',
    does: 'answers, and after 5 seconds is gone without a word (no BYE, no answers, no packets)',
    behaviour: () => ({
      steps: [
        { do: 'ring', ms: 1000 },
        { do: 'answer' },
        { do: 'play', sound: 'greeting' },
        { do: 'wait', ms: 1500 },
        { do: 'vanish' },
      ],
    }),
  },
  {
    number: '2025550147',
    does: 'speaks over an uneven network: packets come up to 300 ms late, in another order',
    behaviour: () => ({
      steps: [{ do: 'badNetwork', lossPercent: 0, delayMs: 300 }, { do: 'ring', ms: 1000 }, ...speak],
    }),
  },
  {
    number: '555018n…',
    does: 'answers and enters by keypad: the first n is how many digits the conference number has, then that number, then the PIN. 555018132233 enters 3# and 2233#; 55501802233 enters 2233# alone',
    behaviour: (n) => ({ steps: enter(entries(n)) }),
  },
  {
    number: '555019n…',
    does: 'the same, but enters a wrong PIN before the right one',
    behaviour: (n) => ({ steps: wrongThenRight(n) }),
  },
];

function refuse(status: number): Step {
  return { do: 'refuse', status };
}

const patterns = table.map(({ number, behaviour }) => ({
  pattern: new RegExp(`^${number.replace(/n…$/, '(\\d{1,40})').replace(/n$/, '(\\d)')}$`),
  behaviour,
}));

const anybody = table[1]!.behaviour('');

/** What can be dialled, in the order it should be shown. */
export function sandboxNumbers(): readonly SandboxNumber[] {
  return table.map(({ number, does }) => ({ number, does }));
}

/** The number without what only says that it is a number of North America. */
export function nationalNumber(dialled: string): string {
  return dialled.replace(/^\+?1?(?=[2-9])/, '');
}

/** Everything that is dialled behaves somehow. */
export function behaviourOf(dialled: string): Behaviour {
  const number = nationalNumber(dialled);
  for (const { pattern, behaviour } of patterns) {
    const match = pattern.exec(number);
    if (match !== null) return behaviour(match[1] ?? '');
  }
  return anybody;
}

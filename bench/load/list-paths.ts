const everything = 'startDate=2000-01-01';
const day = 86_400_000;

/** The middle of the time that the log is about, as a date. */
function middle(now: number): string {
  return new Date(now - 30 * day).toISOString().slice(0, 10);
}

/** Each parameter that narrows a list of call detail records, with what matches few calls and what matches most. */
function parameters(now: number): readonly (readonly string[])[] {
  return [
    [`startDate=${middle(now)}`],
    ['source=0003*200', 'source=101'],
    ['destination=2025550110', 'destination=%2B12025550110'],
    ['flow=4', 'flow=8', 'flow=2'],
    ['disposition=0', 'disposition=1', 'disposition=5'],
    [`saveStartDate=${middle(now)}`],
    [`saveEndDate=${middle(now)}`],
    filters(now),
  ];
}

function filters(now: number): string[] {
  const filter = (by: string, op: string, value: string) => `filterBy=${by}&filterOp=${op}&filterValue=${value}`;
  const numbers = ['source', 'destination'].flatMap((by) => [
    filter(by, 'contains', '7'),
    filter(by, 'contains', '777'),
    filter(by, 'startsWith', '0003*10'),
    filter(by, 'startsWith', '2025'),
    filter(by, 'present', ''),
    filter(by, 'greaterThan', '2025554000'),
    filter(by, 'lessThan', '2025554000'),
    filter(by, 'equals', '0003*200'),
    filter(by, 'inArray', `2025550110,0003*113,${Array.from({ length: 300 }, (_, at) => 2025551000 + at).join()}`),
  ]);
  const times = ['published', 'answered'].flatMap((by) => [
    filter(by, 'contains', ':08:'),
    filter(by, 'startsWith', middle(now).slice(0, 7)),
    filter(by, 'present', ''),
    filter(by, 'greaterThan', middle(now)),
    filter(by, 'lessThan', middle(now)),
    filter(by, 'inArray', `${middle(now)},${middle(now)}T10:00:00Z`),
  ]);
  return [...numbers, ...times];
}

/**
 * One list for each parameter that narrows, and for each two, of the organization and of a user, early and late pages
 * in both orders.
 */
export function narrowedLists(now: number): string[] {
  const all = parameters(now);
  const pages = ['', '&sortOrder=desc', '&startIndex=5000', '&startIndex=4000&sortOrder=desc&count=100'];
  const alone = all.flat();
  const pairs = all.flatMap((one, at) => all.slice(at + 1).flatMap((other) => pairsOf(one, other)));
  return [...alone, ...pairs].flatMap((query, at) =>
    (at < alone.length ? ['', '/@me'] : at % 2 === 0 ? [''] : ['/@me']).map((path) => {
      const span = query.startsWith('startDate') ? query : `${everything}&${query}`;
      return `/uapi/cdr${path}?${span}${pages[at % pages.length]}`;
    }),
  );
}

function pairsOf(one: readonly string[], other: readonly string[]): string[] {
  return one.slice(0, 2).flatMap((a) => other.map((b) => `${a}&${b}`));
}

/** Lists as clients ask for them most, and the largest. */
export const usualLists = ['', '/@me'].flatMap((path) =>
  [
    'count=1',
    `count=1&${everything}`,
    everything,
    `${everything}&sortOrder=desc`,
    `${everything}&startIndex=5000&count=100`,
    `${everything}&sortOrder=descending&startIndex=4990`,
    `${everything}&count=1000&fields=id,published`,
  ].map((query) => `/uapi/cdr${path}?${query}`),
);

export const otherLists = [
  '/uapi/cdr/stats?startDate=2000-01-01',
  '/uapi/phoneCalls/@me/@self?count=5000',
  '/uapi/phoneCalls/@me/200?filterBy=published&filterOp=greaterThan&filterValue=2020-01-01',
  '/uapi/extensions/@me/@self/presence?count=5000&sortOrder=desc',
  '/uapi/extensions/@me/200/phoneCallEvents',
];

export const administrationLists = [
  '/admin/v1/calls',
  '/admin/v1/calls?recent=1',
  '/admin/v1/calls?recent=1&limit=200&before=500000',
  '/admin/v1/records?limit=500',
  '/admin/v1/records?offset=10000',
  `/admin/v1/records?callId=c${'0'.repeat(18)}7`,
  '/admin/v1/recordings?limit=200',
  '/admin/v1/recordings?before=50000',
  '/admin/v1/refused-calls?limit=200',
  '/admin/v1/dial-out?limit=200',
  '/admin/v1/security-events?limit=200',
  '/admin/v1/webhook-deliveries?limit=200',
  '/admin/v1/conferences/live',
  '/admin/v1/registrations',
  '/admin/v1/users',
  '/admin/v1/extensions',
];

/** By what many calls have, few, and none. */
export const searches = ['number=101', 'number=777', 'number=zzz', 'cause=busy', 'to=2001-01-01T00:00:00Z'].map(
  (search) => `/admin/v1/calls?recent=1&${search}`,
);

export const largestLists = [
  `/uapi/cdr?${everything}&count=5000`,
  `/uapi/cdr/@me?${everything}&count=5000&sortOrder=desc`,
];

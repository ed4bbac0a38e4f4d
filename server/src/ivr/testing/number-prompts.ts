/** Every prompt that `sayNumber` can ask for. */
export const numberPrompts: readonly string[] = [
  ...Array.from({ length: 21 }, (_, n) => `number-${n}`),
  ...Array.from({ length: 7 }, (_, n) => `number-${(n + 3) * 10}`),
  'hundred',
  'thousand',
];

/** With the address that peers are told in front, where none of the candidates has it. */
export function reachable(candidates: readonly string[], advertise: string | null): readonly string[] {
  const fields = candidates.map((candidate) => candidate.split(' '));
  const [first] = fields;
  if (advertise === null || first === undefined || fields.some((one) => one[4] === advertise)) return candidates;
  return [first.with(0, '0').with(4, advertise).join(' '), ...candidates];
}

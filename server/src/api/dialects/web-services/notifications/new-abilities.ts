import { capabilitiesOf } from '../capabilities.ts';
import { feature } from '../features.ts';
import { isSeen, type Line, type Seat } from '../seat.ts';

/** The calls of one phone, before a step and after it. */
export interface LinesOf {
  readonly extensionId: string;
  readonly before: readonly Line[];
  readonly after: readonly Line[];
  /** Of which its user has been told, with all that may be asked. */
  readonly told: (call: Line['call']) => boolean;
  /** So many are in it that each is told, and not asked about, where something concerns them all. */
  readonly outright: (call: Line['call']) => boolean;
}

/**
 * What is told must follow from the log alone, so that it is told again alike: it is told to whoever it would be for.
 */
const anybody: Seat['user'] = { features: Object.values(feature), roles: ['agent'] };

/** The calls of a phone, by their own ids, of which its user may ask something else than before. */
export function newAbilities({ extensionId, before, after, told, outright }: LinesOf): readonly Line[] {
  return after.filter((line) => {
    const { call, connection } = line;
    const earlier = before.find((one) => one.call.id === call.id && one.connection.id === connection.id);
    if (earlier === undefined || !isSeen(line) || !isSeen(earlier) || told(call)) return false;
    return outright(call) || asked(extensionId, earlier, before) !== asked(extensionId, line, after);
  });
}

function asked(extensionId: string, line: Line, all: readonly Line[]): string {
  const lines = all.filter(({ call }) => call.id !== line.call.id);
  return capabilitiesOf({ ...line, extensionId, lines, user: anybody }).join();
}

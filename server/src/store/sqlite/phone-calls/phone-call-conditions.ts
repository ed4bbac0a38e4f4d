import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { numberTail, withoutPlus } from '../../../base/same-number.ts';
import type { NumberFilter, PhoneCallQuery, TimeFilter } from '../../../call/model/phone-call-record.ts';

export type Condition = RawBuilder<SqlBool>;

/** Rows between two looks at the clock. */
const rowsBetweenLooks = 256;

/** Of the first part alone it is kept with the call. */
const flowOfPart = sql`case phone_call_between.ends when 'transit'
  then case when phone_call.dialled then 'outgoing' else 'incoming' end else phone_call_between.ends end`;

export function both(conditions: readonly Condition[]): Condition {
  return sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}

/** Always true, while there is time left; then the statement fails. `number`: what differs from row to row. */
export function inTime(number: string): Condition {
  const row = sql.ref(number);
  return sql<SqlBool>`(${row} & ${sql.lit(rowsBetweenLooks - 1)} <> 0 or in_time(${row}))`;
}

export function hasExtension(column: RawBuilder<unknown>, extensionIds: readonly string[]): Condition {
  return sql<SqlBool>`${column} in (select value from json_each(${JSON.stringify(extensionIds)}))`;
}

/** Whether anything is asked for that the tally cannot tell. */
export function isDetailed({ savedFrom, savedTo, published, answered, source, destination }: PhoneCallQuery): boolean {
  return [savedFrom, savedTo, published, answered, source, destination].some((one) => one !== undefined);
}

/** Whether its conditions on parts look at the call as well. */
export function needsCall({ savedFrom, savedTo, published, answered, flow }: PhoneCallQuery): boolean {
  return [savedFrom, savedTo, published, answered, flow].some((one) => one !== undefined);
}

/**
 * What a row of `phone_call` has to be besides being of the organization and the time; `of this part`: joined with one
 * of its parts.
 */
export function conditionsOf(query: PhoneCallQuery, parts: 'any part' | 'of this part' = 'any part'): Condition[] {
  const { savedFrom, savedTo, published, answered, flow, outcome } = query;
  const conditions: Condition[] = [];
  if (savedFrom !== undefined) conditions.push(sql<SqlBool>`phone_call.saved >= ${savedFrom}`);
  if (savedTo !== undefined) conditions.push(sql<SqlBool>`phone_call.saved < ${savedTo}`);
  if (published !== undefined) conditions.push(timePasses(sql`phone_call.published`, published));
  if (answered !== undefined) conditions.push(timePasses(sql`phone_call.answered`, answered));
  const ofPart = conditionsOfPart(query);
  if (parts === 'of this part') conditions.push(...ofPart);
  else if (ofPart.length > 0) {
    // Where there is one part, the call itself says what came of it.
    if (flow !== undefined) conditions.push(sql<SqlBool>`(phone_call.parts > 1 or phone_call.flow = ${flow})`);
    if (outcome !== undefined) conditions.push(sql<SqlBool>`(phone_call.parts > 1 or phone_call.outcome = ${outcome})`);
    conditions.push(sql<SqlBool>`exists (
      select 1 from phone_call_between where call_number = phone_call.number and ${both(ofPart)})`);
  }
  return conditions;
}

function conditionsOfPart({ prefix, source, destination, flow, outcome, extensionIds }: PhoneCallQuery): Condition[] {
  const conditions = [
    ...(source ?? []).map((filter) => numberPasses('source', filter, prefix)),
    ...(destination ?? []).map((filter) => numberPasses('destination', filter, prefix)),
  ];
  if (flow !== undefined) conditions.push(sql<SqlBool>`${flowOfPart} = ${flow}`);
  if (outcome !== undefined) conditions.push(sql<SqlBool>`phone_call_between.outcome = ${outcome}`);
  if (conditions.length === 0 || extensionIds === null) return conditions;
  // One sees only the parts that one's extensions had to do with.
  const concerns = ['source_extension', 'destination_extension', 'charged'].map((column) =>
    hasExtension(sql.ref(`phone_call_between.${column}`), extensionIds),
  );
  return [...conditions, sql<SqlBool>`(${sql.join(concerns, sql` or `)})`];
}

/** The ends of the numbers that may pass, by which they are found. */
export function tailsOf({ values }: NumberFilter, prefix: string): string[] {
  return [...new Set(values.map((value) => numberTail(shortOf(value, prefix) ?? value)))];
}

function shortOf(value: string, prefix: string): string | null {
  return value.startsWith(`${prefix}*`) ? value.slice(prefix.length + 1) : null;
}

function numberPasses(side: 'source' | 'destination', { op, values }: NumberFilter, prefix: string): Condition {
  const number = sql.ref(`phone_call_between.${side}`);
  const extended = sql`(case when ${sql.ref(`phone_call_between.${side}_extension`)} is not null then ${prefix} || '*' || ${number} end)`;
  const plain = sql`ltrim(${number}, '+')`;
  const first = withoutPlus(values[0] ?? '');
  const either = (passes: (form: RawBuilder<unknown>) => RawBuilder<unknown>) =>
    sql<SqlBool>`(${passes(plain)} or coalesce(${passes(extended)}, false))`;
  switch (op) {
    case 'present':
      return sql<SqlBool>`${number} <> ''`;
    case 'equals':
    case 'inArray': {
      const all = JSON.stringify(values);
      // Most are written alike, which SQLite sees by itself.
      const alike = JSON.stringify(values.map((value) => shortOf(value, prefix) ?? value));
      const extension = sql.ref(`phone_call_between.${side}_extension`);
      return sql<SqlBool>`(
        (${number} in (select value from json_each(${all})))
        or (${extension} is not null and ${number} in (select value from json_each(${alike})))
        or is_one_of(${number}, ${all}))`;
    }
    case 'contains':
      return either((form) => sql`instr(${form}, ${first}) > 0`);
    case 'startsWith':
      return either((form) => sql`substr(${form}, 1, ${first.length}) = ${first}`);
    case 'greaterThan':
      return either((form) => sql`${form} > ${first}`);
    case 'lessThan':
      return either((form) => sql`${form} < ${first}`);
  }
}

function timePasses(column: RawBuilder<unknown>, { op, values }: TimeFilter): Condition {
  const second = sql`(${column} / 1000 * 1000)`;
  const text = sql`strftime('%Y-%m-%dT%H:%M:%SZ', ${column} / 1000, 'unixepoch')`;
  const [first = ''] = values;
  switch (op) {
    case 'present':
      return sql<SqlBool>`${column} is not null`;
    case 'equals':
    case 'inArray':
      return sql<SqlBool>`${second} in (select value from json_each(${JSON.stringify(values)}))`;
    case 'contains':
      return sql<SqlBool>`instr(${text}, ${first}) > 0`;
    case 'startsWith':
      return sql<SqlBool>`substr(${text}, 1, ${String(first).length}) = ${first}`;
    case 'greaterThan':
      return sql<SqlBool>`${second} > ${first}`;
    case 'lessThan':
      return sql<SqlBool>`${second} < ${first}`;
  }
}

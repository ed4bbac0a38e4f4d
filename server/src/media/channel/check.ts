import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** True when the value has the shape; nothing is converted. Its type is the shape's. */
export type Check<Value> = (value: unknown) => value is Value;

/** A field that may be missing. */
export type Optional<Value> = Check<Value> & { readonly optional: true };

// biome-ignore lint/suspicious/noExplicitAny: whatever a field is
export type Fields = Readonly<Record<string, Check<any>>>;

type Checked<Field> = Field extends (value: unknown) => value is infer Value ? Value : never;

/** What an object is that passes a check per field. */
export type Shape<Of extends Fields> = {
  readonly [Name in keyof Of as Of[Name] extends Optional<unknown> ? never : Name]: Checked<Of[Name]>;
} & {
  readonly [Name in keyof Of as Of[Name] extends Optional<unknown> ? Name : never]?: Checked<Of[Name]>;
};

const check = <Value>(test: (value: unknown) => boolean) => test as Check<Value>;

/** 1 to 512 characters. */
export const text = check<string>((value) => typeof value === 'string' && value.length > 0 && value.length <= 512);
/** What may stand in a line of a description: nothing that could end it. */
export const word = check<string>((value) => typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value));
export const path = check<string>((value) => typeof value === 'string' && value.length <= 4096 && isAbsolute(value));
export const address = check<string>((value) => typeof value === 'string' && isIP(value) !== 0);
export const flag = check<boolean>((value) => typeof value === 'boolean');

export const whole = (from: number, to: number) =>
  check<number>((value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to);

export const between = (from: number, to: number) =>
  check<number>((value) => typeof value === 'number' && value >= from && value <= to);

export const oneOf = <const Values extends readonly unknown[]>(...allowed: Values) =>
  check<Values[number]>((value) => allowed.includes(value));

export const optional = <Value>(inner: Check<Value>) =>
  Object.assign((value: unknown) => value === undefined || inner(value), { optional: true }) as Optional<Value>;

export const nullable = <Value>(inner: Check<Value>) => check<Value | null>((value) => value === null || inner(value));

export const listOf = <Value>(inner: Check<Value>, most: number) =>
  check<readonly Value[]>((value) => Array.isArray(value) && value.length <= most && value.every(inner));

export const either = <Values extends readonly unknown[]>(...checks: { [At in keyof Values]: Check<Values[At]> }) =>
  check<Values[number]>((value) => checks.some((one) => one(value)));

/** Further fields are let through. */
export const shape = <Of extends Fields>(fields: Of) =>
  check<Shape<Of>>((value) => typeof value === 'object' && value !== null && wrongField(fields, value) === null);

/** The name of the first field that is not as it must be. */
export function wrongField(fields: Fields, value: object): string | null {
  for (const name of Object.keys(fields)) {
    if (!fields[name]!((value as Readonly<Record<string, unknown>>)[name])) return name;
  }
  return null;
}

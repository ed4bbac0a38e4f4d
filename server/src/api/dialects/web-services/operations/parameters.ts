import { writtenNumber } from '../../../../base/telephone-number.ts';
import { WebServicesError } from '../errors.ts';

/** The body of an operation: its name, and what it needs. */
export type Parameters = Readonly<Record<string, unknown>>;

export function readOperation(body: unknown): { readonly name: string; readonly parameters: Parameters } {
  if (body === undefined || body === null) throw missing('operationName');
  if (!isSection(body)) throw new WebServicesError('invalid', 'The body of an operation must be a JSON object.');
  const name = body['operationName'];
  if (name === undefined || name === null || name === '') throw missing('operationName');
  if (typeof name !== 'string') throw invalid('operationName', 'a text');
  return { name, parameters: body };
}

export function unknownOperation(name: string): WebServicesError {
  return new WebServicesError('notNow', `There is no operation ${JSON.stringify(name.slice(0, 64))} here.`);
}

/** Throws `missing` or `invalid`. */
export function readText(parameters: Parameters, name: string, most = 255): string {
  const text = readOptionalText(parameters, name, most);
  if (text === null) throw missing(name);
  return text;
}

/** A key of what is attached, exactly as it is there: blanks count, and it may be empty. */
export function readKey(parameters: Parameters, name: string): string {
  const given = parameters[name];
  if (given === undefined || given === null) throw missing(name);
  if (typeof given === 'number') return String(given);
  if (typeof given !== 'string') throw invalid(name, 'a text');
  return given;
}

/** A text, or a number written as one; null when it is missing, empty or blank. */
export function readOptionalText(parameters: Parameters, name: string, most = 255): string | null {
  const given = parameters[name];
  if (given === undefined || given === null || given === '') return null;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0) return String(given);
  if (typeof given !== 'string' || given.length > most) throw invalid(name, `a text of at most ${most} characters`);
  return given.trim() || null;
}

/** One of these words. */
export function readChoice<Choice extends string>(
  parameters: Parameters,
  name: string,
  choices: readonly Choice[],
  usual: Choice,
): Choice {
  const given = readOptionalText(parameters, name);
  if (given === null) return usual;
  const choice = choices.find((one) => one === given);
  if (choice === undefined) throw invalid(name, `one of ${choices.join(', ')}`);
  return choice;
}

/** The number of `{"destination":{"phoneNumber":"15002"}}`. */
export function readDestination(parameters: Parameters): string {
  const { destination } = parameters;
  if (destination === undefined || destination === null) throw missing('destination');
  if (!isSection(destination)) throw invalid('destination', 'an object with a phoneNumber');
  const text = readOptionalText(destination, 'phoneNumber', 64);
  if (text === null) throw missing('destination.phoneNumber');
  const number = writtenNumber(text);
  if (number === null || number.length > 64) throw invalid('destination.phoneNumber', 'a number that can be dialled');
  return number;
}

/** Data to attach; null when there is none. What may be in it is for the call model to say. */
export function readOptionalUserData(parameters: Parameters): Parameters | null {
  const { userData } = parameters;
  if (userData === undefined || userData === null) return null;
  if (!isSection(userData)) throw invalid('userData', 'an object');
  return userData;
}

export function missing(name: string): WebServicesError {
  return new WebServicesError('missing', `Required parameter ${name} is missing.`);
}

export function invalid(name: string, expected: string): WebServicesError {
  return new WebServicesError('invalid', `Parameter ${name} must be ${expected}.`);
}

function isSection(value: unknown): value is Parameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

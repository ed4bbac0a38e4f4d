import { CapabilityDenialReason, DataSetChangeTypes } from './base-enums.ts';
import { emit, withEvents } from './listeners.ts';

/** Whether something can be done now. One object for its life: it changes and tells. */
export class Capability {
  isAllowed: boolean;
  denialReason: string;

  constructor(reason: string = CapabilityDenialReason.CAPABILITY_NOT_DENIED) {
    this.denialReason = reason;
    this.isAllowed = reason === CapabilityDenialReason.CAPABILITY_NOT_DENIED;
  }

  /** `reason`: why it cannot; null: it can. */
  _set(reason: string | null): void {
    const denial = reason ?? CapabilityDenialReason.CAPABILITY_NOT_DENIED;
    if (denial === this.denialReason) return;
    this.denialReason = denial;
    this.isAllowed = reason === null;
    emit(this, 'ChangedCallback', this);
  }
}
withEvents(Capability, ['ChangedCallback']);

/** Elements in order, as an array has them, that tell when they change. */
export class DataSet<Element = unknown> extends Array<Element> {
  static override get [Symbol.species]() {
    return Array;
  }

  _add(...elements: Element[]): void {
    if (elements.length === 0) return;
    this.push(...elements);
    emit(this, 'DataSetChangedCallback', elements, DataSetChangeTypes.ADDED);
  }

  _remove(...elements: Element[]): void {
    const gone = elements.filter((element) => this.includes(element));
    for (const element of gone) this.splice(this.indexOf(element), 1);
    if (gone.length > 0) emit(this, 'DataSetChangedCallback', gone, DataSetChangeTypes.REMOVED);
  }

  _updated(...elements: Element[]): void {
    if (elements.length > 0) emit(this, 'DataSetChangedCallback', elements, DataSetChangeTypes.UPDATED);
  }

  _clear(): void {
    this.length = 0;
    emit(this, 'DataSetInvalidatedCallback', this);
  }
}
withEvents(DataSet, ['DataSetChangedCallback', 'DataSetInvalidatedCallback']);

export class DataRetrieval {
  isCancelled = false;
  isCompleted = true;
  readonly #dataSet: DataSet;

  constructor(dataSet: DataSet = new DataSet()) {
    this.#dataSet = dataSet;
  }

  cancel(): void {
    this.isCancelled = true;
  }

  getDataSet(): DataSet {
    return this.#dataSet;
  }
}
withEvents(DataRetrieval, [
  'DataRetrievalDoneCallback',
  'DataRetrievalFailedCallback',
  'DataRetrievalProgressCallback',
]);

export class BaseError extends Error {
  readonly data: unknown;

  constructor(message?: string, data?: unknown) {
    super(message);
    this.name = 'BaseError';
    this.data = data;
  }
}

const levels = ['error', 'warn', 'info', 'debug', 'fatal', 'trace'] as const;
type Level = (typeof levels)[number];
type LoggerLike = Partial<Record<Level, (message: string, data?: unknown) => void>>;

/** What a logger may have; one that is registered may have any part of it. */
export class LoggerInterface {
  disableTimestamps = false;
  debug(_message: string, _data?: string): void {}
  error(_message: string, _data?: string): void {}
  fatal(_message: string, _data?: string): void {}
  info(_message: string, _data?: string): void {}
  trace(_message: string, _data?: string): void {}
  warn(_message: string, _data?: string): void {}
}

const loggers: { readonly logger: LoggerLike; readonly timestamps: boolean }[] = [];

export function addLogger(logger: unknown, disableTimestamps = false): void {
  if (typeof logger === 'object' && logger !== null) {
    loggers.push({ logger: logger as LoggerLike, timestamps: !disableTimestamps });
  }
}

export function removeLoggers(): void {
  loggers.length = 0;
}

/** Never with a token or a passcode. */
export function say(level: Level, message: string): void {
  for (const { logger, timestamps } of loggers) {
    try {
      logger[level]?.(timestamps ? `${new Date().toISOString()} ${message}` : message);
    } catch {
      // A logger that fails keeps nobody from talking.
    }
  }
}

export interface ParsedUrl {
  readonly hostname: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly path: string;
  readonly credentials: string;
  readonly query: string;
}

export const Utils = {
  isDefined: (value: unknown): boolean => value !== undefined && value !== null,
  parseUrl(text: string): ParsedUrl {
    const url = new URL(text, globalThis.location?.href);
    const isSecure = url.protocol === 'https:' || url.protocol === 'wss:';
    return {
      hostname: url.hostname,
      port: Number(url.port) || (isSecure ? 443 : 80),
      isSecure,
      path: url.pathname,
      credentials: url.username === '' ? '' : `${url.username}:${url.password}`,
      query: url.search.slice(1),
    };
  },
};

/** Settings files are of phones; there is nothing in them for a browser. */
export class SettingsFileParser {
  parse(_data: string): boolean {
    return false;
  }

  proceed(): boolean {
    return false;
  }
}

/** An endpoint that can be in calls (CSTA device). Plain data, carried in events; never holds a secret. */
export type Device = ExtensionDevice | ExternalDevice | ConferenceDevice;

/** A terminal extension: a phone that registers. */
export interface ExtensionDevice {
  readonly kind: 'extension';
  readonly organizationId: string;
  readonly extensionId: string;
  /** Short number, as dialled inside the organization. */
  readonly number: string;
  readonly name: string;
}

/** Somebody reached through a trunk, or a guest. */
export interface ExternalDevice {
  readonly kind: 'external';
  readonly number: string;
  readonly name: string;
}

/** A conference extension: what is dialled to get into one of its conferences. */
export interface ConferenceDevice {
  readonly kind: 'conference';
  readonly organizationId: string;
  readonly extensionId: string;
  readonly number: string;
  readonly name: string;
}

/** Whether the device is the phone of this extension. */
export function isPhoneOf(device: Device, extensionId: string): boolean {
  return device.kind === 'extension' && device.extensionId === extensionId;
}

/** Whether both are the phone of one extension. */
export function isSameExtension(one: Device, other: Device): boolean {
  return one.kind === 'extension' && isPhoneOf(other, one.extensionId);
}

/** What the others in a call know a device by. */
export function shownName({ name, number }: Pick<Device, 'name' | 'number'>): string {
  return name || number;
}

/** Where a new leg is to be dialled. Plain data: it is stored in the event log. */
export type DialTarget =
  | {
      readonly kind: 'terminal';
      /** Address-of-record in the form that the registrar knows, e.g. `0003*103@example.test`. */
      readonly aor: string;
    }
  | {
      readonly kind: 'trunk';
      readonly trunk: string;
      /** As sent to the trunk, after the dial plan's strip and prepend. */
      readonly number: string;
      /** Who is charged, `<organizationId>-<userId>`; null: nobody of ours asked for it. */
      readonly account: string | null;
    };

/** Name and number of who calls: of an extension, or what the dialled phone is shown. */
export interface CallerId {
  readonly name: string;
  readonly number: string;
}

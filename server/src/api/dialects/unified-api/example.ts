/** A request that people can paste, for the start and for pages. */
export interface Example {
  readonly url: string;
  readonly body: string;
}

export interface ExampleInvitation {
  /** Of the interface, e.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  /** Of the conference: its extension, and its own number there. */
  readonly extension: string;
  readonly number: string;
  readonly pin?: string | null;
  readonly invitee: string;
  readonly callerId?: string;
}

/** POST this: the invitee's phone rings, and who answers is in the conference. */
export function exampleInvitation(invitation: ExampleInvitation): Example {
  const { http, extension, number, pin = null, invitee, callerId } = invitation;
  const query = `number=${number}${pin === null ? '' : `&pin=${pin}`}`;
  const view = { source: [extension], destination: [invitee], ...(callerId === undefined ? {} : { callerId }) };
  return {
    url: `${http}/uapi/phoneCalls/@me/conferenceInvite?${query}`,
    body: JSON.stringify({ extension, phoneCallView: [view] }),
  };
}

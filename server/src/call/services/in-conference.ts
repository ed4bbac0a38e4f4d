import { byKind, type Row, refuse } from '../step/state-table.ts';

const noConference = refuse('Only a conference has a floor and a chat.');

/** What only conferences have. */
export function inConference<Args>(row: Row<Args>): Row<Args> {
  return byKind<Args>({ call: noConference, access: noConference, conference: row });
}

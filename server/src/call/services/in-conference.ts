import { byKind, type Row, refuse } from '../step/state-table.ts';

const noConference = refuse('There is a floor, and a chat, in conferences alone.');

/** What only conferences have. */
export function inConference<Args>(row: Row<Args>): Row<Args> {
  return byKind<Args>({ call: noConference, access: noConference, conference: row });
}

import { inWords, NotifiedOffice, type OfficeClient } from './notified-office.ts';

export async function office() {
  const made = await NotifiedOffice.open();
  const clients: OfficeClient[] = [];
  for (const number of ['15000', '15001', '15002']) {
    const client = await made.client(number).begin();
    await made.fixture.settle();
    client.subscribe('/v2/me/*');
    clients.push(client);
  }
  await made.told();
  const [a, b, c] = clients as [OfficeClient, OfficeClient, OfficeClient];
  /** What each is told by this. */
  const telling = async (act: () => unknown) => {
    await made.told();
    const before = [a, b, c].map(({ told }) => told.length);
    await act();
    await made.told();
    const [ofA, ofB, ofC] = [a, b, c].map(({ told }, at) => told.slice(before[at]).map(inWords));
    return { a: ofA!, b: ofB!, c: ofC! };
  };
  return { office: made, runtime: made.fixture.runtime, a, b, c, telling };
}

/** What is said of somebody who does not hear the others now. */
export const there: Readonly<Record<string, 'ringing' | 'hold'>> = {
  initiated: 'ringing',
  alerting: 'ringing',
  hold: 'hold',
};

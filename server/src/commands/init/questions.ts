import { isHost } from '../../base/ip-address.ts';
import type { Question } from './ask.ts';

const mostPhones = 50;

/** The five of `partyline init`. */
export const questions: readonly Question[] = [
  {
    key: 'name',
    words: 'What is your organization called?',
    fallback: 'My Organization',
    wrong: (answer) => (/^\P{Cc}{1,100}$/u.test(answer) ? null : 'a name of at most 100 characters'),
  },
  {
    key: 'login',
    words: 'With which login do you administer it?',
    fallback: 'admin@example.test',
    wrong: (answer) => (/^[^\s:]{1,100}$/.test(answer) ? null : 'up to 100 characters without blanks and colons'),
  },
  {
    key: 'host',
    words: 'At which address do phones and browsers reach this machine? (127.0.0.1: only from this machine)',
    fallback: '127.0.0.1',
    wrong: (answer) => (isHost(answer) ? null : 'an IP address or a host name'),
  },
  {
    key: 'phones',
    words: 'How many phones?',
    fallback: '3',
    wrong: (answer) =>
      /^\d+$/.test(answer) && Number(answer) >= 1 && Number(answer) <= mostPhones ? null : `1 to ${mostPhones}`,
  },
  {
    key: 'carrier',
    words: 'SIP address of your carrier, such as sip:sip.carrier.example? (none: the carrier in the box)',
    fallback: 'none',
    wrong: (answer) => (answer === 'none' || /^sips?:/i.test(answer) ? null : 'sip:HOST, sip:HOST:PORT, or none'),
  },
];

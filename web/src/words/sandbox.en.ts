export const en = {
  title: 'Numbers of the sandbox',
  lead: 'The sandbox is a carrier on this machine: real SIP and RTP, no account anywhere, and nobody outside can be called. Dial these numbers from a phone, or invite one into a conference.',
  runsAt: 'It runs at',
  off: 'The carrier in the box does not run here',
  offHint:
    'A trunk is configured, or the sandbox is off. With `sandbox: on` in the configuration file it runs beside trunks.',
  failed: 'The server did not say which numbers there are.',
  number: 'Number',
  does: 'What it does',
  digits:
    'n stands for a digit; +, 1 or +1 in front change nothing; every other number is answered by somebody who speaks.',
  /** In English the server says it. */
  sandboxDoes: (_number: string): string | null => null,
  invite: 'Invite one into a conference',
  request: 'The request',
  tokenFrom: 'TOKEN comes from POST /oauth/token.php with the key and secret of an app; the first start printed one.',
  tryIt: 'Ring one from the start page',
  guide: 'More of the sandbox in the guide',
};

export type Words = typeof en;

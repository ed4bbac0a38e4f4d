export const en = {
  title: 'Agent desktop',
  signInLead: 'Take calls, consult a colleague, and merge both into one conference.',
};

export type Words = typeof en;

export const en = {
  title: 'One conference, several doors',
  lead: 'People on phones, in browsers and at the desk of a contact centre talk in the same conference.',
  ready: 'The server is running.',
};

export type Words = typeof en;

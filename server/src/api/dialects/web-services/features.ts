/** What a user may do here, in the words of `users[].features`. */
export const feature = {
  voice: 'api-voice',
  recording: 'api-voice-recording',
  monitoring: 'api-supervisor-monitoring',
} as const;

export type Feature = (typeof feature)[keyof typeof feature];

const featureIds: readonly Feature[] = Object.values(feature);

export function isFeature(id: string): id is Feature {
  return (featureIds as readonly string[]).includes(id);
}

const names: Readonly<Record<Feature, { readonly displayName: string; readonly description: string }>> = {
  'api-voice': { displayName: 'Voice API', description: 'API for Voice' },
  'api-voice-recording': { displayName: 'Voice Recording API', description: 'API for Voice Recording' },
  'api-supervisor-monitoring': {
    displayName: 'Supervisor Monitoring API',
    description: 'API for Supervisor Monitoring',
  },
};

export function describeFeature(id: Feature) {
  return { id, ...names[id], autoAssignOnContactCenterCreate: true };
}

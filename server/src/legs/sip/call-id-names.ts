/** Is told whose the Call-IDs of SIP are. */
export interface CallIdNames {
  isOfLeg(callId: string, legId: string): void;
  /** A caller of this organization was refused before there was a leg. */
  isOfOrganization(callId: string, organizationId: string): void;
}

import type { AnyRecord, UserRecord } from '../directory/records.ts';
import type { FilePlace } from './file-contents.ts';
import { shown, writtenOf } from './written.ts';

/**
 * As administrators are shown it: what the file would say, where it belongs, and no secret but the PINs of conferences.
 */
export function viewOf(one: AnyRecord, fixedBy: FilePlace | null, hasPassword: (user: UserRecord) => boolean): object {
  const all = shown(writtenOf(one), one.kind === 'conference' ? ['participantPin', 'moderatorPin'] : []) as object;
  return { ...all, ...belongs(one, hasPassword), fixedBy };
}

function belongs({ kind, record }: AnyRecord, hasPassword: (user: UserRecord) => boolean): object {
  switch (kind) {
    case 'organization':
      return { self: `/admin/v1/organizations/${record.id}` };
    case 'user':
      return {
        organization: record.organizationId,
        hasPassword: hasPassword(record),
        self: `/admin/v1/users/${record.organizationId}-${record.id}`,
      };
    case 'extension':
      return {
        id: record.id,
        organization: record.organizationId,
        user: record.userId,
        ...(record.type === 'terminal' ? { hasSipPassword: record.sip !== null } : {}),
        self: `/admin/v1/extensions/${record.id}`,
      };
    case 'conference': {
      const [organization = '', extension = ''] = record.extensionId.split('-');
      return {
        id: record.id,
        organization: Number(organization),
        extension,
        self: `/admin/v1/conferences/${record.id}`,
      };
    }
    case 'app':
      return { organization: record.organizationId, self: `/admin/v1/apps/${encodeURIComponent(record.key)}` };
    case 'trunk':
      return { self: `/admin/v1/trunks/${record.name}` };
  }
}

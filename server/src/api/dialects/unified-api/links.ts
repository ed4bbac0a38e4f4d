/** Text that stands in a path as it is. */
const plainPart = /^[@*A-Za-z0-9._-]*$/;

/** As `{userId}`, `{extension}` and numbers are written in paths: `@` and `*` as they are. */
export function pathPart(text: string): string {
  if (plainPart.test(text)) return text;
  return encodeURIComponent(text).replaceAll('%40', '@');
}
